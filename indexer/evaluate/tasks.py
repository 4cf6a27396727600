"""What is asked, and who fits: judged queries from files, or known items from the profiles themselves."""

import random
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from more_itertools import chunked

from profilesearch.errors import InvalidRequest, SourceError
from profilesearch.store import Candidate, Store, VersionRecord
from profilesearch.text.sentences import excerpt
from profilesearch.words.statistics import TYPED_WORDS
from profilesearch.words.tokens import words_in

from ..rows import RowError, parse_json

_READ_AT_ONCE = 1000


@dataclass(frozen=True)
class Task:
    """What is asked, and who fits.

    Attributes:
        name: for people.
        queries: texts by query id.
        judged: for each query the judged profiles with their grades; 0 is judged and not relevant.
        dropped: for some queries the profiles that are left out of what was found, as benchmarks of titles leave out equal ones.
    """

    name: str
    queries: Mapping[str, str]
    judged: Mapping[str, Mapping[str, int]]
    dropped: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def part(self, name: str, ids: Collection[str]) -> "Task":
        """Some of its queries, in their order."""
        return replace(
            self,
            name=name,
            queries={id_: text for id_, text in self.queries.items() if id_ in ids},
            judged={id_: judged for id_, judged in self.judged.items() if id_ in ids},
        )


def by_length(task: Task) -> list[Task]:
    """Short queries, as people type them, and long ones, such as job descriptions; one task if all are alike."""
    short = {id_ for id_, text in task.queries.items() if len(words_in(text)) <= TYPED_WORDS}
    parts = (("short queries", short), ("long queries", task.queries.keys() - short))
    return [task.part(f"{name} ({len(ids)})", ids) for name, ids in parts if ids]


def some_of(task: Task, most: int, seed: int = 42) -> Task:
    """At the most so many of a task's queries, drawn by chance; the same seed draws the same ones."""
    if most >= len(task.queries):
        return task
    drawn = random.Random(seed).sample(sorted(task.queries), most)
    return task.part(f"{task.name}, {most} of its {len(task.queries)} queries", drawn)


@dataclass(frozen=True)
class Asked:
    """Which queries are asked: judged ones from two files, each value of a tag field, or so many known items."""

    queries: Path | None = None
    qrels: Path | None = None
    typed: str | None = None
    sample: int | None = None


def make_task(store: Store, version: VersionRecord, asked: Asked) -> Task:
    """The task that was asked for; see the functions for what they raise."""
    if asked.queries is not None and asked.qrels is not None:
        return load_task(asked.queries, asked.qrels)
    ids = store.profiles.ids(version)
    if asked.typed is not None:
        return typed_values(store, version, ids, asked.typed)
    return known_items(store, version, ids, asked.sample or 0)


def load_task(queries: Path, qrels: Path) -> Task:
    """Read queries (JSON Lines with ``id`` and ``text``) and TREC qrels (query, 0, profile, grade).

    Raises:
        SourceError: a file cannot be read, or a line is not what it should be; names file and line.
    """
    texts: dict[str, str] = {}
    for number, line in _lines(queries):
        try:
            row = parse_json(line)
            texts[str(row["id"])] = str(row["text"])
        except (RowError, KeyError, TypeError):
            raise SourceError(f"{queries}:{number}: expected an object with id and text, got {line[:80]!r}") from None
    judged: dict[str, dict[str, int]] = {}
    for number, line in _lines(qrels):
        words = line.split()
        if len(words) != 4 or not re.fullmatch(r"-?\d+", words[3]):
            raise SourceError(f"{qrels}:{number}: expected query, 0, profile and grade, got {line[:80]!r}")
        judged.setdefault(words[0], {})[words[2]] = max(0, int(words[3]))
    answerable = {id_: text for id_, text in texts.items() if any(judged.get(id_, {}).values())}
    if not answerable:
        raise SourceError(f"{queries}: expected a query with a relevant profile in {qrels}, got none")
    return Task(f"{queries.name} with {qrels.name}", answerable, {id_: judged[id_] for id_ in answerable})


def _lines(path: Path) -> list[tuple[int, str]]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"{path}: cannot be read: {error}") from error
    return [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]


def known_items(store: Store, version: VersionRecord, ids: Sequence[str], amount: int, seed: int = 42) -> Task:
    """Queries made of two sentences of a profile; the profile itself is the one that fits.

    Args:
        store: where the profiles are.
        version: the version they are taken from.
        ids: every profile's id.
        amount: how many queries.
        seed: the same seed gives the same queries.
    """
    chance = random.Random(seed)
    queries: dict[str, str] = {}
    for id_ in chance.sample(sorted(ids), min(amount, len(ids))):
        hit, _ = store.profiles.one(version, id_)
        queries[f"known:{id_}"] = excerpt(hit.text, chance.randrange(2**32))
    return Task(f"{len(queries)} known items", queries, {query: {query[6:]: 1} for query in queries})


def typed_values(store: Store, version: VersionRecord, ids: Sequence[str], field: str) -> Task:
    """Queries of a word or two, as people type them: each value of a tag field alone; whoever has it fits.

    Args:
        store: where the profiles are.
        version: the version they are taken from.
        ids: every profile's id.
        field: the tag field, such as ``role``.

    Raises:
        InvalidRequest: there is no such field, or nobody has a value in it.
    """
    if field not in version.fields.tags:
        known = ", ".join(version.fields.tags) or "none"
        raise InvalidRequest(field, f"expected a tag field of {version.version} ({known}), got {field!r}")
    judged: dict[str, dict[str, int]] = {}
    for some in chunked(ids, _READ_AT_ONCE):
        for hit in store.profiles.read(version, [Candidate(id_, 0.0) for id_ in some]):
            for value in hit.tags.get(field, ()):
                judged.setdefault(value, {})[hit.id] = 1
    if not judged:
        raise InvalidRequest(field, f"nobody in {version.version} has a {field}")
    values = sorted(judged)
    queries = {f"{field}:{number}": value for number, value in enumerate(values)}
    return Task(f"every {field}, typed alone", queries, {query: judged[value] for query, value in queries.items()})
