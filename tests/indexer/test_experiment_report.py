"""What came of an experiment: whose judgements count, and what the tests say."""

import json
from datetime import UTC, datetime

import pytest

from indexer.experiment_report import judged_by_side, report_of
from indexer.experiment_text import as_json, table
from profilesearch.experiment import Answer, Arm, Entry, Experiment, Kind
from profilesearch.labels import Label, LabelOrigin

STARTED = datetime(2026, 5, 1, tzinfo=UTC)
LATER = datetime(2026, 5, 2, tzinfo=UTC)
TEXTS = [f"text {number}" for number in range(400)]


def experiment(kind: Kind = "share", searches: tuple[int, int, int] = (0, 0, 0)) -> Experiment:
    return Experiment(
        "one", kind, 0.5, Arm.of("base", "v1"), Arm.of("tuned", "v2"), STARTED.timestamp(), searches=searches
    )


def label(text: str, id_: str, grade: int, version: str, **other: object) -> Label:
    values = {"labelled_at": LATER, "version": version, "origin": LabelOrigin.PAGE, **other}
    return Label(text, grade, id_, **values)  # type: ignore[arg-type]


def answer(*ids: str, ms: float = 5.0) -> Answer:
    return Answer(list(ids), ms)


def test_only_what_a_side_showed_since_it_began_counts() -> None:
    one = experiment()
    of_a, of_b = (next(text for text in TEXTS if one.asks_b(text) == b) for b in (False, True))
    counted = judged_by_side(
        one,
        [
            label(of_a, "p1", 1, "v1"),
            label(of_b, "p1", 0, "v2"),
            label(of_a, "p2", 1, "v2"),  # the model was named
            label(of_a, "p3", 1, "v9"),  # another version
            label(of_a, "p4", 1, "v1", labelled_at=datetime(2026, 4, 1, tzinfo=UTC)),
            label(of_a, "p5", 1, "v1", origin=LabelOrigin.FILE),
            label(of_a, "p6", 1, "v1", labelled_at=None),
        ],
    )
    assert counted == {"a": {one.digest(of_a): {"p1": True}}, "b": {one.digest(of_b): {"p1": False}}}


def figures(fits_b: float) -> tuple[Experiment, list[Entry], list[Label]]:
    """Half of a's texts find somebody who fits, and so many of b's."""
    one = experiment(searches=(200, 200, 3))
    entries, labels = [], []
    for number, text in enumerate(TEXTS):
        b = one.asks_b(text)
        entries.append(Entry(one.digest(text), None if b else answer("p1"), answer("p1", ms=7.0) if b else None))
        fits = number % 100 < 100 * (fits_b if b else 0.5)
        labels.append(label(text, "p1", int(fits), "v2" if b else "v1"))
    return one, entries, labels


def test_a_model_that_is_worse_is_said_to_be() -> None:
    found = report_of(*figures(0.2))
    assert found.worse == ["fits", "success"]
    assert found.p_fits is not None and found.p_fits < 0.05 and found.p_success is not None and found.p_success < 0.05
    a, b = found.sides
    assert (a.texts + b.texts, a.labels + b.labels, found.missed) == (400, 400, 3)
    assert b.success is not None and b.success.low < b.success.mean < b.success.high < 0.4
    assert (a.milliseconds, b.milliseconds) == (5.0, 7.0)
    shown = table(found)
    assert "tuned is significantly worse in: fits, success" in shown and "3 searches were answered by A" in shown


@pytest.mark.parametrize("fits_b", [0.5, 0.9])
def test_one_that_is_not_is_not(fits_b: float) -> None:
    found = report_of(*figures(fits_b))
    assert found.worse == []
    assert (found.p_fits is not None and found.p_fits < 0.05) == (fits_b == 0.9)


def test_nothing_is_said_where_nothing_was_judged() -> None:
    found = report_of(experiment(), [], [])
    assert (found.p_fits, found.p_success, found.shadow, found.worse) == (None, None, None, [])
    assert "base (v1)" in table(found) and json.loads(as_json(found))["missed"] == 0


def test_a_shadow_is_compared_text_by_text() -> None:
    one = experiment("shadow", (100, 300, 0))
    entries, labels = [], []
    for number, text in enumerate(TEXTS[:300]):
        found_too = number % 10 < 3
        entries.append(Entry(one.digest(text), answer("p1", "p2"), answer("p1" if found_too else "p9", "p2", ms=9.0)))
        labels.append(label(text, "p1", 1, "v1"))
    entries += [Entry(one.digest(text), answer("p1"), None) for text in TEXTS[300:]]
    found = report_of(one, entries, labels)
    shadow = found.shadow
    assert shadow is not None and shadow.fitting is not None
    assert (shadow.pairs, shadow.judged, shadow.milliseconds) == (300, 300, (5.0, 9.0))
    assert shadow.overlap == pytest.approx(0.65)
    assert [side.mean for side in shadow.fitting] == pytest.approx([1.0, 0.3])
    assert found.worse == ["shadow"] and (found.p_fits, found.p_success) == (None, None)
    assert (found.sides[0].searches, found.sides[1].searches) == (400, 300)
    assert "300 pairs: overlap@10 65%" in table(found)
