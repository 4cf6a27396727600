"""Long texts, queries, and whose texts fit: made of the sample's people, and of public data where it is there.

Public data with long texts of people is rare: TalentCLEF 2025 Task A has bare titles. So descriptions of ESCO and O*NET are
joined in two ways. A group's occupations as one text are a long text about one thing; five occupations of anybody's as one text
are a career of which a query asks for one station.
"""

import csv
import json
import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from indexer.sample.person import Person
from indexer.sample.vocabulary import jobs, roles
from indexer.sample.vocabulary import people as common
from profilesearch.row import Row

from ..fusion.collections import SEED, Judged, people, sample_rows

_OF_A_ROLE, _FURTHER_ROLES = 8, 20
_STATIONS = 5
_MINOR_GROUP = 4
"""Characters of an O*NET code that name the minor group."""

PLACES = ("first", "second", "last")


def long_collections(folder: Path) -> tuple[list[Judged], list[str]]:
    """All that are there, and the names of those that are not."""
    makers: list[tuple[str, Callable[[], Iterator[Judged]]]] = [
        ("esco", lambda: _esco(folder)),
        ("onet", lambda: _onet(folder)),
    ]
    known, missing = [*_longest_of_the_sample(), *_careers_of_the_sample()], []
    for name, make in makers:
        try:
            known += make()
        except FileNotFoundError:
            missing.append(name)
    return known, missing


def _longest_of_the_sample() -> Iterator[Judged]:
    """The tenth of the sample's people whose texts are longest, asked for by their roles."""
    rows = sample_rows()
    longest = sorted(range(len(rows)), key=lambda place: -len(rows[place].text))[: len(rows) // 10]
    yield _by_role("sample's longest texts", [rows[place] for place in longest], [people()[place] for place in longest])


def _careers_of_the_sample() -> Iterator[Judged]:
    """CVs of four careers one after the other, about 460 tokens, of which the person's own is the first, the second or the last."""
    chance = random.Random(SEED)
    asked = sorted({job.role for job in jobs()})
    chosen = asked + chance.sample(sorted(set(roles()) - set(asked)), _FURTHER_ROLES)
    everybody = people()
    mine = [one for role in chosen for one in [each for each in everybody if each.career[0] == role][:_OF_A_ROLE]]
    others = [_others(person, everybody, chance) for person in mine]
    for place in PLACES:
        rows = [Row(one.id, "", _career(one, before, place)) for one, before in zip(mine, others, strict=True)]
        yield _by_role(f"CVs of four careers, the {place} decides: roles typed", rows, mine)
        fitting = [_those(one.career[0] == job.role for one in mine) for job in jobs()]
        name = f"CVs of four careers, the {place} decides: job descriptions"
        yield Judged(name, "text", "MAP", "en", rows, [job.text for job in jobs()], fitting, [])


def _by_role(name: str, rows: list[Row], persons: Sequence[Person]) -> Judged:
    now = [person.career[0] for person in persons]
    asked = sorted(set(now))
    relevant = [_those(role == each for each in now) for role in asked]
    return Judged(name, "typed", "MAP", "en", rows, asked, relevant, [])


def _others(person: Person, everybody: Sequence[Person], chance: random.Random) -> list[str]:
    """What three people of other roles did, each with a paragraph that says nothing of anybody."""
    others = [each for each in chance.sample(everybody, 8) if each.career[0] != person.career[0]][:3]
    filler = common()["boilerplate"]
    return [f"{each.values['experience']} {each.values['education']} {chance.choice(filler)}" for each in others]


def _career(person: Person, others: Sequence[str], place: str) -> str:
    values = person.values
    own = "\n".join([str(values["about"]), str(values["experience"]).split("\n")[0], str(values["skills"])])
    parts = list(others)
    parts.insert({"first": 0, "second": 1, "last": len(parts)}[place], own)
    return "\n".join(parts)


def _esco(folder: Path) -> Iterator[Judged]:
    lines = (folder / "esco" / "occupations.jsonl").read_text(encoding="utf-8").splitlines()
    occupations = [json.loads(line) for line in lines]
    described = [each for each in occupations if each["description_en"]]
    alternatives = [each["alt_en"] for each in described]
    texts = [each["description_en"] for each in described]
    groups = [each["isco"] for each in described]
    yield _joined("ESCO, a unit group as one text", groups, texts, alternatives)
    order = random.Random(SEED).sample(range(len(described)), len(described))
    career = {place: f"{number // _STATIONS}" for number, place in enumerate(order)}
    careers = [career[place] for place in range(len(described))]
    yield _joined("ESCO, five occupations as one text", careers, texts, alternatives)


def _onet(folder: Path) -> Iterator[Judged]:
    with (folder / "onet" / "occupations.csv").open(encoding="utf-8", newline="") as file:
        values = list(csv.DictReader(file))
    groups = [each["code"][:_MINOR_GROUP] for each in values]
    yield _joined(
        "O*NET, a minor group as one text",
        groups,
        [each["description"] for each in values],
        [[each["title"]] for each in values],
    )


def _joined(name: str, groups: Sequence[str], texts: Sequence[str], titles: Sequence[Sequence[str]]) -> Judged:
    """The texts of a group as one; a title of one of them, picked at random, must find it. No text has the titles."""
    chance = random.Random(SEED)
    joined: dict[str, list[str]] = defaultdict(list)
    for group, text in zip(groups, texts, strict=True):
        joined[group].append(text)
    places = {group: place for place, group in enumerate(joined)}
    rows = [Row(group, "", "\n".join(parts)) for group, parts in joined.items()]
    pairs = [(chance.choice(some), places[group]) for group, some in zip(groups, titles, strict=True) if some]
    pairs = chance.sample(pairs, min(1000, len(pairs)))
    return Judged(
        name, "typed", "MRR", "en", rows, [query for query, _ in pairs], [frozenset((p,)) for _, p in pairs], []
    )


def _those(truths: Iterator[bool]) -> frozenset[int]:
    return frozenset(place for place, true in enumerate(truths) if true)
