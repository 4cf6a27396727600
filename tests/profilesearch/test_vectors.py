"""Vectors and their bytes."""

import numpy as np
import pytest

from profilesearch.vectors import from_bytes, to_bytes, unit_rows


def test_bytes_are_little_endian_float32() -> None:
    assert to_bytes(np.array([1.0, -2.0], np.float32)) == bytes.fromhex("0000803f000000c0")
    assert from_bytes(bytes.fromhex("0000803f000000c0"), 2).tolist() == [1.0, -2.0]


def test_wrong_shapes_and_lengths() -> None:
    with pytest.raises(ValueError, match=r"shape \(dim,\)"):
        to_bytes(np.ones((2, 2), np.float32))
    with pytest.raises(ValueError, match="expected 12 bytes for 3 numbers, got 8"):
        from_bytes(b"12345678", 3)


@pytest.mark.parametrize("rows", [[[0.0, 0.0]], [[np.nan, 1.0]], [[np.inf, 1.0]]])
def test_vectors_without_a_direction(rows: list[list[float]]) -> None:
    with pytest.raises(ValueError, match="zero or not finite"):
        unit_rows(rows)


def test_unit_rows() -> None:
    assert np.allclose(np.linalg.norm(unit_rows(np.arange(1, 13).reshape(3, 4)), axis=1), 1)
