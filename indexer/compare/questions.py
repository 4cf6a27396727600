"""What is asked of a corpus, and which of its texts fit."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from profilesearch.errors import SourceError
from profilesearch.fields import Fields
from profilesearch.search.typed_query import read_asked
from profilesearch.text.sentences import excerpt

from ..evaluate.tasks import Task, load_task
from .corpus import Corpus

_SEED = 42


@dataclass(frozen=True)
class Questions:
    """Queries over a corpus.

    Attributes:
        task: texts, and judgements of the corpus's texts alone.
        dropped: for each query the ids that are left out before ranking.
    """

    task: Task
    dropped: Mapping[str, frozenset[str]]

    @property
    def texts(self) -> list[str]:
        """What is embedded: of each text what a search compares with profiles."""
        return [read_asked(text, Fields()).compared() for text in self.task.queries.values()]


def ask(corpus: Corpus, queries: Path | None, qrels: Path | None, known: int, drop_equal: bool) -> Questions:
    """Judged queries of two files; without them, two sentences of so many known texts, each of which must find its text.

    Args:
        corpus: what is searched.
        queries: JSON Lines with ``id`` and ``text``.
        qrels: TREC qrels.
        known: how many known texts are asked for where there are no files.
        drop_equal: leave out texts that equal the query, as benchmarks of titles do.

    Raises:
        SourceError: a file cannot be read, or no query has a relevant text in the corpus.
    """
    if queries is not None and qrels is not None:
        task = load_task(queries, qrels)
    else:
        task = known_texts(corpus, known)
    dropped: dict[str, frozenset[str]] = {}
    if drop_equal:
        places: dict[str, set[str]] = {}
        for id_, text in zip(corpus.ids, corpus.texts, strict=True):
            places.setdefault(text, set()).add(id_)
        dropped = {query: frozenset(places.get(text, ())) for query, text in task.queries.items()}
    present = set(corpus.ids)
    judged = {
        query: {id_: grade for id_, grade in grades.items() if id_ in present and id_ not in dropped.get(query, ())}
        for query, grades in task.judged.items()
    }
    answerable = {query: text for query, text in task.queries.items() if any(judged[query].values())}
    if not answerable:
        raise SourceError(f"{task.name}: expected a query with a relevant text in {corpus.name}, got none")
    return Questions(Task(task.name, answerable, {query: judged[query] for query in answerable}), dropped)


def known_texts(corpus: Corpus, amount: int) -> Task:
    """Queries of two sentences of a text, which must find the text."""
    chance = random.Random(_SEED)
    chosen = chance.sample(range(len(corpus.ids)), min(amount, len(corpus.ids)))
    queries = {f"known:{corpus.ids[place]}": excerpt(corpus.texts[place], chance.randrange(2**32)) for place in chosen}
    return Task(f"{len(queries)} known texts", queries, {query: {query[6:]: 1} for query in queries})
