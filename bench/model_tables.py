"""What bench.models measured, as the tables of docs/models.md."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from indexer.compare.economics import SIZES, bills, load_prices
from profilesearch.settings import DEFAULT_MODEL

_SIGNIFICANT = 0.05
_CORES = 2
_QUALITY = (
    ("sample", "nDCG@10"),
    ("sample", "P@30"),
    ("esco-en", "MRR"),
    ("onet", "P@10"),
    ("talentclef-en", "MAP"),
    ("talentclef-de", "MAP"),
    ("talentclef-zh", "MAP"),
)
_ACROSS = (("esco-en", "MRR"), ("esco-de", "MRR"), ("esco-de-en", "MRR"), ("esco-en-de", "MRR"))
_FORMS: tuple[tuple[int | None, str, str], ...] = (
    (None, "first", "float16"),
    (None, "first", "bfloat16"),
    (None, "first", "int8"),
    *((dimension, way, "float32") for dimension in (256, 128, 64) for way in ("first", "pca")),
)
_TASKS = ("retrieval", "reranking", "clustering", "classification", "pair classification", "STS")


def tables(folder: Path) -> str:
    """All tables in Markdown; files that are not there are left out."""
    read = {
        path.stem.removeprefix("models-"): json.loads(path.read_text()) for path in sorted(folder.glob("models-*.json"))
    }
    parts = [
        _collections("Quality", read, _QUALITY),
        _collections("Languages", read, _ACROSS),
        *(
            _one(f"{title}, {name}", read, name, columns)
            for name in ("sample", "onet")
            for title, columns in _COLUMNS.items()
        ),
        _compression(read),
        _costs(read),
        _economics(read),
        _pairs(read),
    ]
    return "\n\n".join(part for part in parts if part)


def _table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return ""
    lines = [columns, ["---"] * len(columns), *rows]
    return f"### {title}\n\n" + "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _collections(title: str, read: dict[str, Any], columns: Sequence[tuple[str, str]]) -> str:
    there = [(name, metric) for name, metric in columns if name in read]
    names = dict.fromkeys(model["model"] for name, _ in there for model in read[name]["models"])
    rows = [[f"`{model}`", *(_cell(_find(read[name], model), metric) for name, metric in there)] for model in names]
    return _table(title, ["", *(f"{name}, {metric}" for name, metric in there)], rows)


def _find(measured: dict[str, Any], model: str) -> dict[str, Any] | None:
    return next((each for each in measured["models"] if each["model"] == model), None)


def _cell(model: dict[str, Any] | None, metric: str, way: str = "everything") -> str:
    if model is None:
        return "–"
    value = model[way]["metrics"][metric]
    star = "*" if value["p_value"] is not None and value["p_value"] < _SIGNIFICANT else ""
    return f"{value['mean']:.3f}{star} [{value['low']:.3f}, {value['high']:.3f}]"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


_Column = Callable[[dict[str, Any]], str]
_COLUMNS: dict[str, dict[str, _Column]] = {
    "Six tasks": {name: (lambda model, name=name: _number(model["tasks"][name])) for name in _TASKS},  # type: ignore[misc]
    "With clusters": {
        "nDCG@10, everything": lambda model: _cell(model, "nDCG@10"),
        "P@30, everything": lambda model: _cell(model, "P@30"),
        "P@30, the query's of 10 clusters": lambda model: _cell(model, "P@30", "predicted"),
        "noise@30": lambda model: f"{model['everything']['noise@30']:.3f}",
        "noise@30, clusters": lambda model: f"{model['predicted']['noise@30']:.3f}",
        "routed right": lambda model: f"{model['routed']['mean']:.2f}",
        "purity": lambda model: _number(model["purity"]),
        "silhouette": lambda model: _number(model["silhouette"]),
    },
    "Similarities": {
        "relevant pairs": lambda model: _spread(model["similarity"]["right"]),
        "random pairs": lambda model: _spread(model["similarity"]["wrong"]),
        "AUC": lambda model: f"{model['similarity']['auc']:.3f}",
        "d'": lambda model: f"{model['similarity']['d_prime']:.2f}",
    },
}


def _spread(pairs: dict[str, float]) -> str:
    return f"{pairs['mean']:.2f} ({pairs['low']:.2f} to {pairs['high']:.2f})"


def _one(title: str, read: dict[str, Any], name: str, columns: dict[str, _Column]) -> str:
    rows = [
        [f"`{model['model']}`", *(cell(model) for cell in columns.values())]
        for model in read.get(name, {}).get("models", ())
    ]
    return _table(title, ["", *columns], rows)


def _compression(read: dict[str, Any]) -> str:
    """A row for each model; in each form recall@10 and nDCG@10."""
    rows = []
    for model in read.get("sample", {}).get("models", ()):
        cells = []
        for dimension, reduction, type_ in _FORMS:
            wanted = {"dimension": dimension or model["dimension"], "reduction": reduction, "type": type_}
            cells.append(next((_form(each) for each in model["compressed"] if each["form"] == wanted), "–"))
        exact = model["everything"]["metrics"]["nDCG@10"]["mean"]
        rows.append([f"`{model['model']}`", f"{exact:.3f}", *cells])
    names = [f"{dimension or 'all'} {reduction if dimension else ''} {type_}" for dimension, reduction, type_ in _FORMS]
    return _table("Compression", ["", "nDCG@10, as it is", *(" ".join(name.split()) for name in names)], rows)


def _form(measured: dict[str, Any]) -> str:
    ndcg = measured["ndcg"]
    star = "*" if ndcg["p_value"] is not None and ndcg["p_value"] < _SIGNIFICANT else ""
    return f"{measured['recall']:.3f}, {ndcg['mean']:.3f}{star}"


def _costs(read: dict[str, Any]) -> str:
    rows = [
        [
            f"`{cost['model']}`",
            f"{cost['mean_tokens']:.0f}",
            f"{cost['cpu_ms']:.2f}",
            f"{cost['cpu_ms'] / 3.6:,.1f}",
            f"{cost['memory_megabytes']:,.0f}",
            f"{cost['dimension']}",
            f"{4 * cost['dimension']:,}",
        ]
        for cost in read.get("costs", {}).get("costs", ())
    ]
    columns = [
        "tokens of a text",
        "processor, ms a text",
        "processor hours, a million texts",
        "peak memory, MB",
        "dimensions",
    ]
    return _table("Costs", ["", *columns, "bytes of a vector"], rows)


def _economics(read: dict[str, Any]) -> str:
    """Hours and US dollars, with both cores of the machine busy with nothing else."""
    costs = read.get("costs", {}).get("costs", ())
    tokens = next((cost["mean_tokens"] for cost in costs if cost["model"] == DEFAULT_MODEL), 0.0)
    prices = load_prices()
    rates = {f"`{cost['model']}`, two cores": _CORES * 1000 / cost["cpu_ms"] for cost in costs}
    rows = []
    for bill in bills(rates, {}, tokens, prices) if costs else ():
        hours: Sequence[float | None] = bill.hours or [None] * len(SIZES)
        cells = [f"{_hours(each)}${dollars:,.2f}" for each, dollars in zip(hours, bill.dollars, strict=True)]
        rows.append([bill.name, *cells])
    return _table(f"Economics, prices of {prices.date}", ["", *(f"{size:,}" for size in SIZES)], rows)


def _hours(hours: float | None) -> str:
    return "" if hours is None else f"{hours:,.1f} h, " if hours >= 1 else f"{60 * hours:.1f} min, "


def _pairs(read: dict[str, Any]) -> str:
    rows = []
    for each in read.get("pairs", ()):
        cosines = [f"{value:.2f}" for row in each["matrix"] for value in row]
        rows.append([f"`{each['model']}`", *cosines, f"{each['separation']['d_prime']:.1f}"])
    return _table("Pairs", ["", "right", "wrong", "wrong", "right", "d'"], rows)
