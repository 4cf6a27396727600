"""Profiles, queries, and who fits: the sample, and public data where it is there."""

import csv
import json
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from indexer.sample.judgements import judge
from indexer.sample.person import Person, compose
from indexer.sample.vocabulary import jobs
from profilesearch.row import Row
from profilesearch.words.fusion_calibration import Kind

PEOPLE = 6904
SEED = 42
ESCO_QUERIES = 1000
_LEAST_OF_A_GROUP = 5
TEXTS = ("headline", "about", "experience", "education", "skills")


@dataclass(frozen=True)
class Judged:
    """A collection that is asked something.

    Attributes:
        name: of collection and queries.
        kind: whether queries are a few words or long texts.
        metric: ``P@10``, ``P@30``, ``MRR`` or ``MAP``.
        language: ISO 639-1 code.
        rows: the profiles.
        queries: texts.
        relevant: for each query the rows that fit.
        dropped: for each query the rows that are left out before ranking; empty if none is.
    """

    name: str
    kind: Kind
    metric: str
    language: str
    rows: list[Row]
    queries: list[str]
    relevant: list[frozenset[int]]
    dropped: list[frozenset[int]]


@cache
def people(amount: int = PEOPLE) -> list[Person]:
    return [compose(number, SEED) for number in range(1, amount + 1)]


@cache
def sample_rows() -> list[Row]:
    return [
        Row(person.id, str(person.values["headline"]), "\n".join(str(person.values[name]) for name in TEXTS))
        for person in people()
    ]


def roles_typed() -> Judged:
    """Each role of the sample typed alone; who has it fits."""
    now = [person.career[0] for person in people()]
    roles = sorted(set(now))
    relevant = [_where(role == each for each in now) for role in roles]
    return Judged("sample, roles typed", "typed", "P@10", "en", sample_rows(), roles, relevant, [])


def job_descriptions() -> Judged:
    """The sample's job descriptions; who has the role, or one of its kin, fits."""
    places = {person.id: place for place, person in enumerate(people())}
    relevant = [frozenset(places[id_] for id_, grade in judge(job, people()) if grade > 0) for job in jobs()]
    texts = [job.text for job in jobs()]
    return Judged("sample, job descriptions", "text", "P@30", "en", sample_rows(), texts, relevant, [])


def esco(folder: Path, language: str) -> Judged:
    """An alternative title of each occupation, picked at random, must find its ``title. description``."""
    lines = (folder / "esco" / "occupations.jsonl").read_text(encoding="utf-8").splitlines()
    chance = random.Random(SEED)
    rows, asked = [], []
    for place, values in enumerate(map(json.loads, lines)):
        title = values[f"label_{language}"]
        rows.append(Row(str(place), title, f"{title}. {values[f'description_{language}']}"))
        if others := values[f"alt_{language}"]:
            asked.append((chance.choice(others), frozenset((place,))))
    asked = chance.sample(asked, min(ESCO_QUERIES, len(asked)))
    queries, relevant = [query for query, _ in asked], [places for _, places in asked]
    return Judged(f"ESCO {language}", "typed", "MRR", language, rows, queries, relevant, [])


def onet(folder: Path) -> Judged:
    """Each title must find other occupations of its major group."""
    with (folder / "onet" / "occupations.csv").open(encoding="utf-8", newline="") as file:
        values = list(csv.DictReader(file))
    rows = [Row(each["code"], each["title"], f"{each['title']}. {each['description']}") for each in values]
    groups = [each["major_group"] for each in values]
    own = [frozenset((place,)) for place in range(len(rows))]
    relevant = [_where(group == each for each in groups) - mine for group, mine in zip(groups, own, strict=True)]
    return Judged("O*NET", "typed", "P@10", "en", rows, [each["title"] for each in values], relevant, own)


def esco_groups(folder: Path) -> Judged:
    """The name of a unit group of ESCO, typed, must find its occupations; groups of fewer than five are left out."""
    lines = (folder / "esco" / "occupations.jsonl").read_text(encoding="utf-8").splitlines()
    values = [json.loads(line) for line in lines]
    rows = esco(folder, "en").rows
    groups: dict[str, set[int]] = defaultdict(set)
    for place, each in enumerate(values):
        groups[each["isco_label_en"]].add(place)
    asked = {name: frozenset(places) for name, places in sorted(groups.items()) if len(places) >= _LEAST_OF_A_GROUP}
    return Judged("ESCO en, groups typed", "typed", "P@10", "en", rows, list(asked), list(asked.values()), [])


def onet_descriptions(folder: Path) -> Judged:
    """A title must find its own description, which is all that a row has."""
    titled = onet(folder)
    rows = [Row(row.id, "", row.text.removeprefix(f"{row.title}. ")) for row in titled.rows]
    own = [frozenset((place,)) for place in range(len(rows))]
    return Judged("O*NET, titles to descriptions", "typed", "MRR", "en", rows, titled.queries, own, [])


def talentclef(folder: Path, language: str) -> Judged:
    """Job titles with experts' judgements; titles equal to the query are dropped first."""
    corpus, queries, qrels = (
        _tsv(folder / "talentclef2025" / language / f"{name}.tsv") for name in ("corpus", "queries", "qrels")
    )
    titles = [each["jobtitle"] for each in corpus]
    places = {each["c_id"]: place for place, each in enumerate(corpus)}
    judged: dict[str, set[int]] = defaultdict(set)
    for each in qrels:
        judged[each["q_id"]].add(places[each["c_id"]])
    same = {each["q_id"]: _where(title == each["jobtitle"] for title in titles) for each in queries}
    asked = [each for each in queries if judged[each["q_id"]] - same[each["q_id"]]]
    return Judged(
        f"TalentCLEF {language}", "typed", "MAP", language, [Row(str(n), title, title) for n, title in enumerate(titles)],
        [each["jobtitle"] for each in asked],
        [frozenset(judged[each["q_id"]]) - same[each["q_id"]] for each in asked],
        [same[each["q_id"]] for each in asked],
    )  # fmt: skip


def further_collections(folder: Path) -> tuple[list[Judged], list[str]]:
    """Those that no rule of the search was settled on, and the names of those that are not there."""
    return _made(
        [
            ("esco/es", lambda: esco(folder, "es")),
            ("esco groups", lambda: esco_groups(folder)),
            ("onet descriptions", lambda: onet_descriptions(folder)),
        ]
    )


def collections(folder: Path) -> tuple[list[Judged], list[str]]:
    """All that are there, and the names of those that are not."""
    makers: list[tuple[str, Callable[[], Judged]]] = [
        *((f"esco/{language}", lambda language=language: esco(folder, language)) for language in ("en", "de")),
        ("onet", lambda: onet(folder)),
        *((f"talentclef2025/{language}", lambda language=language: talentclef(folder, language)) for language in ("en", "de", "zh")),
    ]  # fmt: skip
    found, missing = _made(makers)
    return [roles_typed(), job_descriptions(), *found], missing


def _made(makers: Sequence[tuple[str, Callable[[], Judged]]]) -> tuple[list[Judged], list[str]]:
    found: list[Judged] = []
    missing: list[str] = []
    for name, make in makers:
        try:
            found.append(make())
        except FileNotFoundError:
            missing.append(name)
    return found, missing


def _tsv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def _where(truths: Iterable[bool]) -> frozenset[int]:
    return frozenset(place for place, true in enumerate(truths) if true)
