"""Vectors and their bytes."""

import numpy as np
import pytest

from profilesearch.vectors import (
    MOST_NUMBERS,
    NotAVector,
    dimension_of,
    from_bytes,
    given_vector,
    scaled,
    to_bytes,
    unit_rows,
)


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


@pytest.mark.parametrize("value", [[1, 2.5, -3], (1, 2.5, -3), "[1, 2.5, -3]", " [1,2.5,-3e0] "])
def test_a_list_of_numbers_is_a_vector(value: object) -> None:
    vector = given_vector(value, dimension=3)
    assert vector.tolist() == [1, 2.5, -3] and vector.dtype == np.float32


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "got nothing"),
        (3.5, "got 3.5"),
        ([], "got 0 numbers"),
        ([1, 2], "got 2 numbers"),
        ([1, None, 3], "got None at place 2"),
        ([1, [2], 3], r"got \[2\] at place 2"),
        ([1, 10**400, 3], "too large"),
        ([1, 2, float("-inf")], "all finite, got -inf at place 3"),
        ([0.0, 0, 1e-60], "not all zero"),
        ("[1, 2, 3", r"got '\[1, 2, 3'"),
        ("[" * 100_000, "expected a list of numbers"),
        ("NaN", "got nan"),
        ([1.0] * (MOST_NUMBERS + 1), "32,769 numbers"),
    ],
)
def test_what_is_no_vector_says_so(value: object, reason: str) -> None:
    with pytest.raises(NotAVector, match=reason):
        given_vector(value, dimension=3)


@pytest.mark.parametrize("size", [1e-40, 1e-20, 1.0, 1e30])
def test_a_vector_is_scaled_however_long_it_is(size: float) -> None:
    vector = given_vector([size, size, size, size])
    np.testing.assert_allclose(scaled(vector), [0.5] * 4, rtol=1e-4)
    assert dimension_of(to_bytes(vector)) == 4
