"""What a training does, decided before its first step."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .composition import Drawn
from .held_back import HeldBack
from .options import TrainOptions


@dataclass(frozen=True)
class Course:
    """A training from beginning to end.

    Attributes:
        options: losses, rates and seeds.
        batches: what each step sees.
        trial: what decides when to stop and which step was best; None where nothing is held back.
        work: where checkpoints go.
    """

    options: TrainOptions
    batches: Sequence[list[Drawn]]
    trial: HeldBack | None
    work: Path
