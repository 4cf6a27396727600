"""Texts longer than the model reads, embedded to their ends."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from profilesearch.embedding import (
    CachedEncoder,
    EmbeddingCache,
    Encoder,
    WholeTextEncoder,
    compatible,
    document_encoder,
)
from profilesearch.passages import Place
from tests.encoders import Bundled

NURSE = "She is a registered nurse on an intensive care ward and trains new colleagues. "
PIPELINES = "He builds data pipelines in Spark and Airflow and operates them. "
LONG = NURSE * 40 + PIPELINES * 40
SHORT = NURSE + PIPELINES


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[EmbeddingCache]:
    cache = EmbeddingCache(tmp_path)
    yield cache
    cache.close()


@pytest.fixture
def whole(encoder: Encoder, cache: EmbeddingCache) -> WholeTextEncoder:
    return WholeTextEncoder(CachedEncoder(encoder.name, lambda: encoder, cache, "stamp"))


def test_windows_cover_a_text_and_overlap(encoder: Bundled) -> None:
    text = " ".join(f"task {number} in project {number * 7}" for number in range(300))
    (places, one), (tokens, few) = encoder.split([text, SHORT])
    windows = [place.of(text) for place in places]
    assert one == [Place(0, len(SHORT))] and tokens > 4 * 256 and few < 256
    assert all(count <= 258 for count in encoder.count_tokens(windows))
    starts, ends = zip(*places, strict=True)
    assert starts[0] == 0 and ends[-1] == len(text) and list(starts) == sorted(set(starts))
    shared = [end - start for end, start in zip(ends, starts[1:], strict=False)]
    assert all(len(windows[0]) / 5 < overlap < len(windows[0]) / 3 for overlap in shared)


def test_the_end_of_a_text_counts(encoder: Bundled, whole: WholeTextEncoder) -> None:
    query = encoder.encode_queries(["data pipelines in Spark"])[0]
    cut, mean = encoder.encode_documents([LONG])[0], whole.encode_documents([LONG])[0]
    assert mean @ query > cut @ query + 0.1
    places = encoder.split([LONG])[0][0]
    added = np.diff([0, *(place.end for place in places)])  # each character counts once
    assert added.sum() == len(LONG.rstrip()) and added[-1] < added[0]
    expected = added @ encoder.encode_documents([place.of(LONG) for place in places])
    assert np.allclose(mean, expected / np.linalg.norm(expected), atol=2e-3)


def test_a_short_text_has_the_vector_that_it_always_had(encoder: Encoder, whole: WholeTextEncoder) -> None:
    assert np.allclose(whole.encode_documents([SHORT]), encoder.encode_documents([SHORT]), atol=1e-5)
    assert np.allclose(whole.encode_queries([SHORT]), encoder.encode_queries([SHORT]), atol=1e-5)


def test_what_was_embedded_before_needs_no_model(
    encoder: Bundled, whole: WholeTextEncoder, cache: EmbeddingCache
) -> None:
    told: list[int] = []
    vectors, tokens = whole.encode_and_count([LONG, SHORT, LONG], told.append)
    assert tokens == encoder.count_tokens([LONG, SHORT, LONG]) and sum(told) == 3 and (vectors[0] == vectors[2]).all()

    def no_model() -> Encoder:
        raise AssertionError("the model was loaded")

    again = WholeTextEncoder(CachedEncoder(encoder.name, no_model, cache, "stamp"))
    assert (again.encode_and_count([SHORT, LONG])[0] == vectors[[1, 0]]).all()
    # a text that grew is embedded where it grew: its first windows are known
    before = whole.computed
    whole.encode_documents([LONG + NURSE])
    assert 0 < whole.computed - before < len(encoder.split([LONG])[0][0])


def test_changes_are_embedded_as_the_version_was(
    encoder: Encoder, whole: WholeTextEncoder, cache: EmbeddingCache
) -> None:
    assert compatible(whole.fingerprint, encoder.fingerprint) and whole.fingerprint != encoder.fingerprint
    cached = CachedEncoder(encoder.name, lambda: encoder, cache, "stamp")
    assert document_encoder(cached, encoder.fingerprint) is cached
    assert document_encoder(cached, whole.fingerprint).fingerprint == whole.fingerprint
    assert document_encoder(whole, whole.fingerprint) is whole
    uncached = document_encoder(encoder, whole.fingerprint)
    assert uncached.fingerprint == whole.fingerprint
    assert np.allclose(uncached.encode_documents([LONG, SHORT]), whole.encode_documents([LONG, SHORT]), atol=2e-3)
