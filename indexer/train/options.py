"""What a training is told to do, with its defaults. Imports nothing that takes time: the command line shows the defaults."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class TrainOptions:
    """What the command line says of a training.

    Attributes:
        examples: a file of examples.
        out: the folder that the tuned model is written into.
        base: the model to begin with, of the kind that sentence-transformers loads.
        epochs: how often each example is seen.
        batch_size: examples in a batch; each other's positives are the in-batch negatives.
        mini_batch: texts that are computed at once where memory is short, by the cached loss of Gao et al. 2021; 0 for all.
        negatives: mined negatives that go with each example.
        learning_rate: the highest; it is warmed up over a tenth of the steps, and falls to zero in a line.
        lora: rank of the adapters that are trained instead of all weights; 0 trains these.
        tokens: that are read of a text while training; searching reads as many as the base model does.
        dimensions: numbers of dimensions whose beginnings of vectors are trained, too (Kusupati et al. 2022); empty for none.
        held_back: share of the groups that is not trained on, to see how good the model is.
        at: N of the recall@N that is measured on them.
        every: steps between two measurements, each of which is a checkpoint.
        patience: measurements without a better one that end the training.
        seed: the same seed, examples, machine and number of threads give the same model.
    """

    examples: Path
    out: Path
    base: str
    epochs: int = 2
    batch_size: int = 128
    mini_batch: int = 0
    negatives: int = 0
    learning_rate: float = 1e-4
    tokens: int = 64
    lora: int = 0
    dimensions: tuple[int, ...] = ()
    held_back: float = 0.1
    at: int = 10
    every: int = 50
    patience: int = 3
    seed: int = 42
