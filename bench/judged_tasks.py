"""What a live version is asked: the judged queries of the collections of :mod:`.fusion.collections`."""

from collections.abc import Mapping
from typing import Any

from indexer.evaluate.tasks import Task
from indexer.sample.judgements import judge
from indexer.sample.vocabulary import jobs

from .fusion.collections import Judged, people


def job_descriptions(amount: int | None = None) -> Task:
    """The sample's job descriptions and who of its people fits, as ``indexer sample`` writes them."""
    asked, everybody = list(enumerate(jobs(), 1)), people() if amount is None else people(amount)
    queries = {f"q{number:02d}": job.text for number, job in asked}
    return Task("job descriptions", queries, {f"q{number:02d}": dict(judge(job, everybody)) for number, job in asked})


def task_of(judged: Judged) -> Task:
    """The same queries, with what fits and what is left out named by the rows' ids."""
    ids = [row.id for row in judged.rows]
    names = [f"q{number:04d}" for number in range(len(judged.queries))]
    relevant = {
        name: {ids[at]: 1 for at in sorted(places)} for name, places in zip(names, judged.relevant, strict=True)
    }
    left_out = judged.dropped or [frozenset[int]()] * len(names)
    dropped = {name: frozenset(ids[at] for at in places) for name, places in zip(names, left_out, strict=True)}
    return Task(judged.name, dict(zip(names, judged.queries, strict=True)), relevant, dropped)


def source_of(judged: Judged) -> list[Mapping[str, Any]]:
    """The rows as a source for ``build``."""
    return [{"id": row.id, "headline": row.title, "text": row.text} for row in judged.rows]
