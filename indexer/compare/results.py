"""A comparison as JSON: everything but the rankings."""

import json
from dataclasses import asdict
from typing import Any

from ..evaluate.measures import Quality
from .comparison import Measured
from .economics import SIZES
from .render import Shown


def as_json(shown: Shown) -> str:
    """A text of JSON."""
    comparison = shown.comparison
    return json.dumps(
        {
            "machine": dict(shown.machine),
            "corpus": comparison.corpus.name,
            "texts": len(comparison.corpus.ids),
            "task": comparison.questions.task.name,
            "queries": len(comparison.questions.task.queries),
            "clusters": comparison.clusters,
            "models": [_as_dict(model) for model in comparison.models],
            "overlap@10": [[*pair, share] for pair, share in comparison.overlaps.items()],
            "tokens": shown.tokens,
            "prices": shown.prices.date,
            "sizes": SIZES,
            "economics": [asdict(bill) for bill in shown.bills],
        },
        indent=1,
    )


def _as_dict(model: Measured) -> dict[str, Any]:
    return {
        "model": model.model,
        "fingerprint": model.fingerprint,
        "dimension": model.dimension,
        "everything": _quality_dict(model.everything),
        "predicted": _quality_dict(model.predicted),
        "routed": asdict(model.routed),
        "purity": model.purity,
        "silhouette": model.silhouette,
        "similarity": asdict(model.similarity),
        "tasks": dict(model.tasks),
        "compressed": [asdict(each) for each in model.compressed],
        "cost": None if model.cost is None else model.cost.as_dict(),
    }


def _quality_dict(quality: Quality) -> dict[str, Any]:
    metrics = {name: asdict(value) for name, value in quality.metrics.items()}
    return {"metrics": metrics, "noise@30": quality.noise, "unjudged@30": quality.unjudged}
