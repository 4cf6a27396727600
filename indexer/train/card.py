"""What is written beside a tuned model: ``training.json`` for programs, ``README.md`` for people."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from profilesearch.errors import TrainingError

if TYPE_CHECKING:
    from .quality import Threshold
    from .training import Trained

CARD = "training.json"
_PEOPLE = "README.md"
_LARGEST = 16 * 1024 * 1024
_HEADING = "\n## What fits\n"


def write_card(folder: Path, made_from: Mapping[str, Any], trained: "Trained") -> None:
    """Write what a model was made from and what came of it.

    Args:
        folder: the model's.
        made_from: digests of base and examples, and the options.
        trained: steps, losses and held-back recalls.
    """
    facts = {
        **made_from,
        "steps": trained.steps,
        "losses": trained.losses,
        "held_back_recalls": trained.recalls,
        "processor_seconds": round(trained.processor_seconds),
    }
    (folder / CARD).write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    options = [f"| {name} | `{value}` |" for name, value in made_from.items()]
    recalls = [f"| {step:,} | {recall:.4f} |" for step, recall in trained.recalls.items()]
    text = [
        "---\nlibrary_name: sentence-transformers\n---\n",
        "# A tuned embedding model\n",
        f"Tuned by Profile Search from `{made_from['base_model']}` in {trained.steps:,} steps. Load it with "
        "sentence-transformers; `python -m indexer build SOURCE --model FOLDER` builds an index with it.\n",
        "| made from | |\n|---|---|",
        *options,
        f"\n| step | held-back recall@{made_from['at']} |\n|---|---|",
        *recalls,
        "",
    ]
    (folder / _PEOPLE).write_text("\n".join(text), encoding="utf-8")


def write_floor(folder: Path, threshold: "Threshold", sets: str) -> None:
    """Note from which cosine a text fits; versions that are built with the model take it for their floor.

    Args:
        folder: of a tuned model, with its card.
        threshold: the cosine, and its precision and recall.
        sets: names of the judged sets that it comes from.

    Raises:
        TrainingError: the folder has no card, or one that cannot be read.
    """
    card = _read(folder)
    card["floor"] = {**vars(threshold), "sets": sets}
    unfinished = folder / f".{CARD}.unfinished"
    unfinished.write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
    unfinished.replace(folder / CARD)
    people = folder / _PEOPLE
    text = people.read_text(encoding="utf-8").partition(_HEADING)[0] if people.exists() else ""
    people.write_text(
        f"{text}{_HEADING}\nCosine {threshold.cosine:.3f} and above, by {sets}: precision {threshold.precision:.3f}, recall "
        f"{threshold.recall:.3f}, were what fits as frequent as random pairs.\n",
        encoding="utf-8",
    )


def floor_of(folder: Path) -> float | None:
    """The cosine from which a text fits by a model's card; None if it has no card, or its card does not say.

    Raises:
        TrainingError: the card cannot be read, or says something else than a cosine.
    """
    if not (folder / CARD).is_file():
        return None
    floor = _read(folder).get("floor")
    if floor is None:
        return None
    cosine = floor.get("cosine") if isinstance(floor, dict) else floor
    if isinstance(cosine, bool) or not isinstance(cosine, int | float) or not -1 <= cosine <= 1:
        raise TrainingError(f"{folder / CARD}: floor: expected a cosine from -1 to 1, got {str(cosine)[:80]}")
    return float(cosine)


def _read(folder: Path) -> dict[str, Any]:
    try:
        with (folder / CARD).open("rb") as file:
            card = json.loads(file.read(_LARGEST))
    except (OSError, ValueError, RecursionError) as error:
        raise TrainingError(f"{folder / CARD}: the card of a tuned model cannot be read: {error}") from error
    if not isinstance(card, dict):
        raise TrainingError(f"{folder / CARD}: expected the card of a tuned model, got something else")
    return card
