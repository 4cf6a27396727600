"""What a closer look at the first of a ranking is worth, on judged collections: rerankers, diversity, and judges that are simulated.

python -m bench.rerankers [--data ../shared/data] [--only NAME] [--most 100] [--no-late] [--no-judges]

Each collection is built into a redis_local of the benchmark's own; vectors come from the cache directory where they are there. What
a judge's questions would cost is told at the price of a language model in indexer/compare/prices.toml.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from indexer.commands.tools import encoder, rerankers
from indexer.compare.economics import Prices, load_prices
from indexer.evaluate.closer import ClosersCompared, compare_closer
from indexer.evaluate.render import closer_cells
from indexer.evaluate.tasks import Task, some_of
from profilesearch.search.pipeline import SearchPipeline
from profilesearch.search.rerankers import Reranker
from profilesearch.search.rerankers.listwise import Listwise
from profilesearch.search.rerankers.pairwise import Pairwise

from ..built import built
from ..fusion import collections
from ..fusion.collections import Judged
from ..judged_tasks import job_descriptions, source_of, task_of
from ..report import markdown
from .judge import Judge

PRICED_AS = "gpt-4o-mini"
WRONG = (0.0, 0.1, 0.2, 0.3)
DIVERSITIES = (0.2, 0.4, 0.6)

_Made = tuple[Sequence[Mapping[str, Any]], Task]


def _public(judged: Judged) -> _Made:
    return source_of(judged), task_of(judged)


def _roles_and_jobs() -> Task:
    roles, described = task_of(collections.roles_typed()), job_descriptions()
    queries, judged = {**roles.queries, **described.queries}, {**roles.judged, **described.judged}
    return replace(roles, name="sample", queries=queries, judged=judged)


COLLECTIONS: dict[str, Callable[[Path], _Made]] = {
    "sample": lambda _: ([person.values for person in collections.people()], _roles_and_jobs()),
    "esco": lambda data: _public(collections.esco(data, "en")),
    "onet": lambda data: _public(collections.onet(data)),
    "talentclef": lambda data: _public(collections.talentclef(data, "en")),
}


@click.command()
@click.option("--data", type=click.Path(path_type=Path), default=Path("../shared/data"), show_default=True)
@click.option("--only", multiple=True, type=click.Choice(list(COLLECTIONS)), help="Collections. Default: all.")
@click.option("--most", default=100, show_default=True, help="Queries of each, at the most, drawn with a fixed seed.")
@click.option("--rerank", multiple=True, metavar="NAME", help="Also with this reranker; may be repeated.")
@click.option("--late/--no-late", default=True, help="Whether to look closer with the model's own token vectors.")
@click.option("--judges/--no-judges", default=True, help="Whether to simulate language models that judge so well.")
def main(data: Path, only: tuple[str, ...], most: int, rerank: tuple[str, ...], late: bool, judges: bool) -> None:
    """Measure and print."""
    for name in only or COLLECTIONS:
        try:
            rows, task = COLLECTIONS[name](data)
        except FileNotFoundError:
            click.echo(f"{name} is not there and left out")
            continue
        fields = ("--text-fields", "text") if "text" in rows[0] else ()
        with built(rows, "--language", "en", *fields) as store:
            loaded, task = encoder(None, None), some_of(task, most)
            made: list[Reranker] = [*rerankers([*["late"] * late, *rerank], loaded)]
            made += simulated(task, rows) if judges else []
            prices = with_judges(load_prices())
            compared = compare_closer(SearchPipeline(loaded, store, made), task, DIVERSITIES, prices)
        _show(f"{task.name}; {loaded.name} {loaded.fingerprint}; prices of {prices.date}", compared)


def simulated(task: Task, rows: Sequence[Mapping[str, Any]]) -> list[Reranker]:
    """Pairwise and listwise reranking by judges of each accuracy."""
    texts = {str(row["id"]): _whole(row) for row in rows}
    grades = {
        text: {texts[id_]: grade for id_, grade in task.judged[query].items()} for query, text in task.queries.items()
    }
    made: list[Reranker] = []
    for wrong in WRONG:
        made += [Pairwise(Judge(wrong, grades)), Listwise(Judge(wrong, grades))]
    return made


def with_judges(prices: Prices) -> Prices:
    """Prices in which a judge costs what a language model costs."""
    price = prices.language_models[PRICED_AS]
    return replace(prices, language_models={**prices.language_models, **{Judge(w, {}).model: price for w in WRONG}})


def _whole(row: Mapping[str, Any]) -> str:
    title = str(row["headline"])
    text = str(row["text"]) if "text" in row else "\n".join(str(row[name]) for name in collections.TEXTS)
    return text if text.startswith(title) else f"{title}\n{text}"


def _show(head: str, compared: Sequence[ClosersCompared]) -> None:
    columns = ["", "P@10", "nDCG@10", "likeness", "titles", "copies", "p50 ms", "calls", "$ per 1,000", "failed"]
    for part in compared:
        click.echo(f"\n{head}; {part.name}\n")
        click.echo(markdown(columns, [[way.run.name.removeprefix("both, "), *closer_cells(way)] for way in part.ways]))


if __name__ == "__main__":
    main()
