"""What is written beside a tuned model: ``training.json`` for programs, ``README.md`` for people."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .training import Trained


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
    (folder / "training.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
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
    (folder / "README.md").write_text("\n".join(text), encoding="utf-8")
