"""Token vectors, pooled and kept."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profilesearch.embedding.encoder import TokenVectors
from profilesearch.embedding.pooled_tokens import STEPS, from_bytes, pool, to_bytes
from profilesearch.vectors import unit_rows


def tokens(amount: int, seed: int = 0) -> TokenVectors:
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(amount, 8)).astype(np.float32)
    return TokenVectors(rng.integers(0, 30_000, amount), unit_rows(rows) if amount else rows)


@settings(deadline=None)  # the first call imports what groups vectors
@given(st.integers(0, 20), st.integers(1, 12), st.integers(0, 5))
def test_what_is_kept_is_read_again(amount: int, most: int, seed: int) -> None:
    whole = tokens(amount, seed)
    kept = pool(whole, most)
    assert len(kept.vectors) <= min(amount, most) and set(kept.ids) == set(whole.ids)
    read = from_bytes(to_bytes(kept), 8)
    assert read.ids.tolist() == sorted(set(whole.ids.tolist())) and read.vectors.dtype == np.int8
    assert np.allclose(read.vectors / STEPS, kept.vectors, atol=0.5 / STEPS + 1e-6)


def test_alike_tokens_share_a_vector() -> None:
    base = np.eye(8, dtype=np.float32)[:3]
    alike = unit_rows(np.repeat(base, 4, axis=0) + 0.01 * np.random.default_rng(1).normal(size=(12, 8)).astype("f4"))
    kept = pool(TokenVectors(np.arange(12), alike), 3).vectors
    assert kept.shape == (3, 8) and np.allclose((kept @ base.T).max(axis=0), 1, atol=1e-3)
    assert np.allclose(np.linalg.norm(kept, axis=1), 1, atol=1e-5)


@pytest.mark.parametrize(
    "change", [lambda data: b"", lambda data: data[:-1], lambda data: data + b"x", lambda data: b"\xff" * 40]
)
def test_what_was_not_kept_so_is_refused(change) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match="token vectors: expected"):
        from_bytes(change(to_bytes(tokens(3))), 8)
