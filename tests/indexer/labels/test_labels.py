"""Labels as files, and what they say."""

from pathlib import Path

import pytest

from indexer.evaluate.tasks import load_task
from indexer.labels.files import examples_of, read_labels, write_qrels
from indexer.labels.statistics import count, item, leaks, split
from profilesearch.errors import SourceError
from profilesearch.labels import Label

LABELS = [Label(f"query {query}", int(query % 3 > 0), f"p{person}") for query in range(40) for person in range(40)]


def test_qrels_are_read_as_they_were_written(tmp_path: Path) -> None:
    qrels, queries = tmp_path / "qrels.tsv", tmp_path / "queries.jsonl"
    given = [Label("nurse", 1, "p1"), Label("nurse", 0, "p2"), Label("Köchin", 3, "p1")]
    assert write_qrels([*given, Label("nurse", 1, text="nobody")], qrels, queries) == 3
    assert len(load_task(queries, qrels).queries) == 2
    assert sorted(map(repr, read_labels(qrels, queries))) == sorted(map(repr, given))


def test_an_id_with_a_space_has_no_place_in_qrels(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="has a space"):
        write_qrels([Label("nurse", 1, "p 1")], tmp_path / "a", tmp_path / "b")
    assert not list(tmp_path.iterdir())


def test_examples_are_labels(tmp_path: Path) -> None:
    path = tmp_path / "examples.jsonl"
    path.write_text('{"query": "nurse", "pos": ["cares"], "neg": ["cooks"], "group": "p1"}\n')
    assert read_labels(path, None) == [Label("nurse", 1, "p1", "cares"), Label("nurse", 0, text="cooks")]


def test_labels_become_examples_of_one_person_each() -> None:
    given = [
        Label("nurse", 1, "p1"),
        Label("nurse", 2, "p2"),
        Label("nurse", 0, "p3"),
        Label("cook", 0, "p1"),
        Label("nurse", 1, "gone"),
    ]
    made = list(examples_of(given, {"p1": "cares", "p2": "heals", "p3": "cooks"}))
    assert [(example.positives, example.negatives, example.group) for example in made] == [
        (("cares",), ("cooks",), "p1"),
        (("heals",), ("cooks",), "p2"),
    ]


def test_agreement_and_contradictions() -> None:
    given = [
        Label("nurse", 1, "p1", labeller="a"), Label("nurse", 2, "p1", labeller="b"),
        Label("nurse", 1, "p2", labeller="a"), Label("nurse", 0, "p2", labeller="b"), Label("cook", 1, "p2"),
    ]  # fmt: skip
    told = count(given)
    assert (told.labels, told.queries, told.judged, told.judged_twice) == (5, 2, 2, 2)
    assert told.agreement == 0.5
    assert told.contradictions == [("nurse", "p2")]
    assert count(given[:1]).agreement is None


def test_a_split_leaks_no_query_and_no_person() -> None:
    parts = split(LABELS, 0.3)
    assert parts["train"] and parts["test"]
    assert sum(map(len, parts.values())) == len(LABELS)
    assert leaks(parts["train"], parts["test"]).queries == leaks(parts["train"], parts["test"]).judged == []


def test_what_leaks_is_named_however_it_is_written() -> None:
    found = leaks([Label("Head  Nurse", 1, "p1")], [Label("head nurse", 1, "p1"), Label("cook", 1, "p2")])
    assert (found.queries, found.judged) == (["head nurse"], ["p1"])


def test_a_query_stays_on_its_side_when_labels_are_added() -> None:
    before = {label.query for label in split(LABELS[:400], 0.3)["test"]}
    assert before <= {label.query for label in split(LABELS, 0.3)["test"]}
    assert item(Label("nurse", 1, text="a text")) == "a text"
