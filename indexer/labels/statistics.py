"""What labels say, whether they agree, and whether a test would be leaked to a training."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from profilesearch.labels import Label

Side = Literal["train", "test", "crossing"]


@dataclass(frozen=True)
class Statistics:
    """What there is.

    Attributes:
        labels, queries, judged: how many labels, different queries, and different profiles or texts.
        grades, origins, labellers: how many labels of each.
        judged_twice: pairs of query and profile that more than one labeller judged, or one judged more than once.
        agreement: share of these on which all say the same of fitting or not; None where there are none.
        contradictions: the others, at most 20: query, and profile or text.
    """

    labels: int
    queries: int
    judged: int
    grades: Mapping[int, int]
    origins: Mapping[str, int]
    labellers: Mapping[str, int]
    judged_twice: int
    agreement: float | None
    contradictions: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Leaks:
    """What a training would know of a test: queries, and profiles or texts, that both have."""

    queries: Sequence[str]
    judged: Sequence[str]


_SHOWN = 20


def count(labels: Iterable[Label]) -> Statistics:
    """Count labels and compare those of one query and profile."""
    labels = list(labels)
    by_pair: dict[tuple[str, str], list[bool]] = {}
    for label in labels:
        by_pair.setdefault((label.query, item(label)), []).append(label.relevant)
    twice = {pair: said for pair, said in by_pair.items() if len(said) > 1}
    apart = sorted(pair for pair, said in twice.items() if len(set(said)) > 1)
    return Statistics(
        labels=len(labels),
        queries=len({label.query for label in labels}),
        judged=len({item(label) for label in labels}),
        grades=dict(sorted(Counter(label.grade for label in labels).items())),
        origins=dict(sorted(Counter(str(label.origin) for label in labels).items())),
        labellers=dict(sorted(Counter(label.labeller for label in labels).items())),
        judged_twice=len(twice),
        agreement=1 - len(apart) / len(twice) if twice else None,
        contradictions=apart[:_SHOWN],
    )


def leaks(train: Iterable[Label], test: Iterable[Label]) -> Leaks:
    """Queries, however they are written, and profiles or texts that are in both."""
    one, other = list(train), list(test)
    queries = {_plain(label.query) for label in one} & {_plain(label.query) for label in other}
    return Leaks(sorted(queries), sorted({item(label) for label in one} & {item(label) for label in other}))


def split(labels: Iterable[Label], share: float) -> dict[Side, list[Label]]:
    """Labels to train on and to test with, split by query and by profile, never by label.

    A query is of the test or it is not, and so is a profile, each by a digest: so the same query stays on its side when
    labels are added. A label whose query and profile are on different sides is in neither.

    Args:
        labels: judgements.
        share: of the queries, and of the profiles, that the test has.
    """
    parts: dict[Side, list[Label]] = {"train": [], "test": [], "crossing": []}
    for label in labels:
        sides = {_place("query", _plain(label.query)) < share, _place("judged", item(label)) < share}
        side: Side = "crossing" if len(sides) > 1 else "test" if True in sides else "train"
        parts[side].append(label)
    return parts


def item(label: Label) -> str:
    """What was judged: the profile's id, or the text where it has none."""
    return label.profile_id or label.text


def _plain(query: str) -> str:
    return " ".join(query.casefold().split())


def _place(kind: str, value: str) -> float:
    """A number from 0 to 1 that depends on the value alone."""
    return int.from_bytes(hashlib.sha256(f"{kind}\0{value}".encode()).digest()[:8]) / 2**64
