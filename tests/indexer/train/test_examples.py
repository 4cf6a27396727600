"""Examples, what meets in a batch, and what is held back."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from indexer.train.composition import compose
from indexer.train.examples import Example, read_examples, write_examples
from indexer.train.held_back import HeldBack, hold_back
from profilesearch.errors import SourceError, TrainingError

EXAMPLES = [
    Example(f"query {number}", (f"text {number}", f"other {number}"), (), f"group {number % 20}")
    for number in range(100)
]


def test_examples_are_read_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "examples.jsonl"
    assert write_examples(path, EXAMPLES) == 100
    assert read_examples(path) == EXAMPLES


@pytest.mark.parametrize(
    "line", ["[]", "{", '{"query": "a"}', '{"query": "a", "pos": []}', '{"query": " ", "pos": ["b"]}', '{"query": "a", "pos": [1]}']
)  # fmt: skip
def test_a_line_that_is_no_example_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "examples.jsonl"
    path.write_text('{"query": "a", "pos": ["b"]}\n' + line + "\n")
    with pytest.raises(SourceError, match="examples.jsonl:2"):
        read_examples(path)


def test_a_file_without_examples_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "examples.jsonl"
    path.write_text("\n")
    with pytest.raises(SourceError, match="expected an example"):
        read_examples(path)


def test_no_group_and_no_text_is_twice_in_a_batch() -> None:
    batches = list(compose(EXAMPLES, 16, epochs=5))
    assert len(batches) > 20
    for batch in batches:
        assert len(batch) == 16
        assert len({one.key for one in batch}) == 16


def test_examples_that_share_a_text_are_apart() -> None:
    shared = [Example(f"query {number}", ("same text",), (), f"group {number}") for number in range(8)]
    assert all(len(batch) == 1 for batch in compose(shared, 4, epochs=1))


def test_an_epoch_sees_each_example_once_and_others_are_in_another_order() -> None:
    apart = [Example(f"query {number}", (f"text {number}",), (), str(number)) for number in range(64)]
    first, second = ([one.query for batch in list(compose(apart, 8, 2))[at : at + 8] for one in batch] for at in (0, 8))
    assert sorted(first) == sorted(second) == sorted(example.query for example in apart)
    assert first != second


def test_the_same_seed_gives_the_same_batches() -> None:
    assert list(compose(EXAMPLES, 16, 2, seed=3)) == list(compose(EXAMPLES, 16, 2, seed=3))
    assert list(compose(EXAMPLES, 16, 2, seed=3)) != list(compose(EXAMPLES, 16, 2, seed=4))


def test_every_example_has_as_many_negatives() -> None:
    mined = [Example("a", ("b",), ("n1", "n2", "n3"), "1"), Example("c", ("d",), (), "2")]
    drawn = {one.query: one for batch in compose(mined, 2, 1, negatives=2) for one in batch}
    assert set(drawn["a"].negatives) < {"n1", "n2", "n3"}
    assert drawn["c"].negatives == ("b", "b")


def test_no_other_text_that_fits_the_query_stands_in_for_a_negative() -> None:
    examples = [Example("a", (f"fits {number}",), (), str(number)) for number in range(5)]
    drawn = [one for batch in compose([*examples, Example("c", ("d",), (), "6")], 2, 4, negatives=2) for one in batch]
    assert {one.negatives for one in drawn if one.query == "a"} == {("d", "d")}


def test_examples_of_one_query_alone_give_no_negatives() -> None:
    with pytest.raises(TrainingError, match="no example of another query"):
        list(compose([Example("a", (text,), (), text) for text in "bcd"], 2, 1, negatives=1))
    with pytest.raises(TrainingError, match="no example of another query"):
        list(compose([Example(query, ("b",), (), "one") for query in "acd"], 2, 1, negatives=1))


def test_groups_are_held_back_whole() -> None:
    seen, kept = hold_back(EXAMPLES, 0.3)
    assert seen and kept and len(seen) + len(kept) == 100
    assert not {example.key for example in seen} & {example.key for example in kept}


def test_a_query_of_several_people_is_held_back_with_all_of_them() -> None:
    asked = [Example(f"query {n % 20}", (f"text {n}",), (), f"person {n}") for n in range(200)]
    seen, kept = hold_back(asked, 0.3)
    assert seen and kept and len(seen) + len(kept) == 200
    assert not {example.query for example in seen} & {example.query for example in kept}


class ByNumber:
    """A model whose vector of a text is the direction of its last number."""

    def encode_query(self, texts: list[str], **_: object) -> "object":
        import numpy as np

        angles = np.array([float(text.split()[-1]) for text in texts]) / 100
        return np.stack([np.cos(angles), np.sin(angles)], axis=1)

    encode_document = encode_query


def test_recall_counts_queries_that_find_what_fits() -> None:
    kept = [Example("query 10", ("text 11",)), Example("query 50", ("text 90",))]
    trial = HeldBack.of(kept, [Example("q", ("text 52",)), Example("q", ("text 12",))])
    assert trial.recall(ByNumber(), 1) == 0.5
    assert trial.recall(ByNumber(), 4) == 1.0


def test_whoever_else_fits_a_query_is_no_mistake() -> None:
    kept = [Example("query 10", ("text 11",), (), "a"), Example("query 10", ("text 30",), (), "b")]
    trial = HeldBack.of(kept, [Example("query 10", ("text 10",), (), "c"), Example("q", ("text 12",), (), "d")])
    assert set(trial.texts) == {"text 11", "text 30", "text 12"}
    assert trial.recall(ByNumber(), 1) == 1.0


def test_nothing_stays_of_a_file_that_could_not_be_written(tmp_path: Path) -> None:
    def broken() -> Iterator[Example]:
        yield Example("one", ("text",))
        raise TrainingError("no more")

    with pytest.raises(TrainingError):
        write_examples(tmp_path / "out.jsonl", broken())
    assert not list(tmp_path.iterdir())
