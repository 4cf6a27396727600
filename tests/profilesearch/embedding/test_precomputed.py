"""The names of columns with vectors, what embeds queries beside them, and files of query vectors."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from profilesearch.embedding import (
    BatchingEncoder,
    PrecomputedEncoder,
    PrecomputedSpec,
    column_of,
    embeds_texts,
    load_encoder,
    precomputed,
    token_encoder,
)
from profilesearch.embedding.encoder import Progress
from profilesearch.embedding.query_file import QueryFile
from profilesearch.errors import EncoderError, NoQueryModel
from profilesearch.vectors import Vectors
from tests.encoders import StandIn


class Ones(StandIn):
    """Every text is the same to it."""

    fingerprint = "weights+openvino+bfloat16"

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return np.full((len(texts), 4), 0.5, np.float32)

    def encode_documents(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        return self.encode_queries(texts)


@pytest.mark.parametrize(
    "spec",
    [
        PrecomputedSpec("embedding"),
        PrecomputedSpec("embedding", "all-MiniLM-L6-v2"),
        PrecomputedSpec("Einbettung 2", "models/a b?pooling=last&query=x:+", "/tmp/q & a.jsonl"),
        PrecomputedSpec("e", "openai:text-embedding-3-small", "/tmp/queries.jsonl"),
    ],
)
def test_a_name_says_all_that_it_is_read_as(spec: PrecomputedSpec) -> None:
    assert PrecomputedSpec.parse(spec.name) == spec
    assert column_of(spec.name) == spec.column and embeds_texts(spec.name) == bool(spec.model)


def test_names_of_other_models_are_none_of_its_business() -> None:
    for name in ("all-MiniLM-L6-v2", "openai:precomputed:x", "precomputed", "", "models/precomputed:x?pooling=last"):
        assert PrecomputedSpec.parse(name) is None and embeds_texts(name) and not column_of(name)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("precomputed:", "expected the name of a column"),
        ("precomputed:?model=x", "expected the name of a column"),
        ("precomputed:a?modell=x", "expected the options model, queries, got 'modell'"),
        ("precomputed:a?model", "expected the options model, queries, got 'model'"),
        ("precomputed:a?model=precomputed:b", "expected a model that embeds texts"),
        ("precomputed:a?queries=/nowhere/at.all", "cannot be read"),
    ],
)
def test_a_name_that_cannot_be_is_refused(name: str, reason: str) -> None:
    with pytest.raises(EncoderError, match=reason):
        load_encoder(name)


def queries(path: Path, *lines: object) -> str:
    path.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))
    return str(path)


def test_a_file_answers_its_texts_and_the_model_the_rest(tmp_path: Path) -> None:
    file = queries(
        tmp_path / "q.jsonl",
        {"text": " data  engineer", "vector": [0, 3, 0, 4]},
        "",
        {"text": "chef", "vector": [1, 0, 0, 0]},
    )
    alone = PrecomputedEncoder(PrecomputedSpec("e", queries=file), None)
    np.testing.assert_allclose(
        alone.encode_queries(["data engineer", "chef"]), np.array([[0, 0.6, 0, 0.8], [1, 0, 0, 0]], np.float32)
    )
    with pytest.raises(NoQueryModel, match="vectors of 2 texts, but not of this one"):
        alone.encode_queries(["chef", "Chef"])
    both = PrecomputedEncoder(PrecomputedSpec("e", "m", file), Ones())
    np.testing.assert_allclose(both.encode_queries(["nurse", "chef"]), np.array([[0.5] * 4, [1, 0, 0, 0]], np.float32))
    assert both.fingerprint.split("+")[1:] == [f"queries.{QueryFile.read(Path(file)).digest}", "openvino", "bfloat16"]
    assert both.known("chef") is not None and both.known("nurse") is None
    with pytest.raises(NoQueryModel, match="no model embeds parts"):
        alone.encode_documents(["a sentence"])


def test_with_nothing_at_all_the_error_names_what_is_missing() -> None:
    bare = load_encoder("precomputed:e")
    for encoder in (bare, BatchingEncoder(bare)):
        with pytest.raises(NoQueryModel, match="query model that they come from, or with vectors of the texts"):
            encoder.encode_queries(["nurse"])
    assert precomputed(BatchingEncoder(bare)) is bare and precomputed(Ones()) is None
    assert token_encoder(bare) is None and bare.dimension == 0


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ({"text": "b", "vector": [1, 2, 3]}, ":2: vector: expected a list of 4 numbers, got 3 numbers"),
        ({"text": "b", "vector": [0, 0, 0, 0]}, ":2: vector: .*not all zero"),
        ({"text": "b"}, ":2: vector: expected a list of 4 numbers, got nothing"),
        ({"text": "", "vector": [1, 2, 3, 4]}, ":2: expected a JSON object with a text of 1 to 8,000 characters"),
        ({"text": "b" * 8001, "vector": [1, 2, 3, 4]}, ":2: expected a JSON object with a text"),
        ({"text": " a ", "vector": [1, 2, 3, 4]}, ":2: text: expected every text once, got 'a' again"),
        ([1], ":2: expected a JSON object"),
        ("{", ":2: expected a JSON object"),
        ("[" * 5000, ":2: expected a JSON object"),
    ],
)
def test_a_bad_line_is_named(line: object, reason: str, tmp_path: Path) -> None:
    file = queries(tmp_path / "q.jsonl", {"text": "a", "vector": [1, 2, 3, 4]}, line)
    with pytest.raises(EncoderError, match=reason):
        QueryFile.read(Path(file))


def test_a_file_without_texts_and_one_of_another_length_are_refused(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="got none"):
        QueryFile.read(Path(queries(tmp_path / "empty.jsonl")))
    file = queries(tmp_path / "q.jsonl", {"text": "a", "vector": [1, 2, 3]})
    with pytest.raises(EncoderError, match="a list of 4 numbers, got 3"):
        PrecomputedEncoder(PrecomputedSpec("e", "m", file), Ones())
    long = tmp_path / "long.jsonl"
    long.write_bytes(b" " * (2 * 1024 * 1024 + 1))
    with pytest.raises(EncoderError, match="bytes in a line"):
        QueryFile.read(long)
