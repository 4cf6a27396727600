"""Types of numbers, and fewer of them."""

import numpy as np
import pytest

from profilesearch.arrays import array_to_bytes
from profilesearch.projection import Projection, fit_directions
from profilesearch.vector_index import VectorIndex
from profilesearch.vector_type import BYTES, VectorType, pack, rounded, unpack
from profilesearch.vectors import unit_rows

TYPES: tuple[VectorType, ...] = ("float32", "float16", "bfloat16", "int8")
ROWS = unit_rows(np.random.default_rng(3).normal(size=(40, 16)))


def test_bytes_by_hand() -> None:
    one = np.array([1.0, -0.5, 0.25], np.float32)
    assert pack(one, "float16").tobytes() == bytes.fromhex("003c00b80034")
    assert pack(one, "bfloat16").tobytes() == bytes.fromhex("803f00bf803e")
    assert pack(one, "int8").tolist() == [127, -64, 32]
    halfway = np.array([1 + 2**-8, 1 + 3 * 2**-8], np.float32)  # between two numbers of bfloat16: the even one
    assert unpack(pack(halfway, "bfloat16").tobytes(), "bfloat16").tolist() == [1.0, 1 + 2**-6]


@pytest.mark.parametrize("type_", TYPES)
def test_what_is_stored_is_read(type_: VectorType) -> None:
    vectors = VectorIndex(16, type=type_)
    for row in ROWS:
        data = vectors.to_bytes(row)
        again = vectors.from_bytes(data)
        assert len(data) == vectors.size == 16 * BYTES[type_]
        assert np.allclose(again, row, atol={"int8": 0.01, "bfloat16": 0.004}.get(type_, 0.001))
        assert np.array_equal(again, vectors.rounded(row)) and np.array_equal(
            again, rounded(ROWS, type_)[ROWS == row].ravel()
        )
        assert vectors.to_bytes(again) == data, "what was read is stored as the same bytes"


@pytest.mark.parametrize("type_", TYPES)
def test_a_vector_of_nothing_stays_one(type_: VectorType) -> None:
    nothing = np.zeros(4, np.float32)
    assert not unpack(pack(nothing, type_).tobytes(), type_).any() and not rounded(nothing[None], type_).any()


def test_int8_keeps_directions_whatever_the_length() -> None:
    assert pack(ROWS * 1000, "int8").tolist() == pack(ROWS, "int8").tolist()
    cosines = np.einsum("ij,ij->i", rounded(ROWS, "int8"), ROWS)
    assert cosines.min() > 0.9995


def test_wrong_sizes_are_refused() -> None:
    vectors = VectorIndex(16, type="int8")
    with pytest.raises(ValueError, match="expected 16 bytes for 16 int8 numbers, got 64"):
        vectors.from_bytes(bytes(64))
    with pytest.raises(ValueError, match=r"shape \(16,\), got shape \(8,\)"):
        vectors.to_bytes(ROWS[0, :8])


def test_matryoshka_keeps_the_first_numbers() -> None:
    reduced = Projection(4).of(ROWS)
    assert np.allclose(reduced, unit_rows(ROWS[:, :4])) and Projection(16).of(ROWS) is ROWS
    assert np.allclose(Projection(2).of(np.array([[0, 0, 1]], np.float32)), 2**-0.5), "what points nowhere is no error"


def test_the_strongest_directions_lose_nothing_that_is_there() -> None:
    flat = unit_rows(np.random.default_rng(5).normal(size=(60, 4)) @ np.random.default_rng(6).normal(size=(4, 16)))
    reduced = fit_directions([flat[:20], flat[20:]], 4).of(flat)
    assert reduced.shape == (60, 4) and np.allclose(reduced @ reduced.T, flat @ flat.T, atol=1e-5)
    first = Projection(4).of(flat)
    assert not np.allclose(first @ first.T, flat @ flat.T, atol=0.1)


def test_directions_are_kept_as_an_array() -> None:
    fitted = fit_directions([ROWS], 4)
    again = Projection.from_hash(fitted.to_hash(), (16, 4))
    assert np.array_equal(again.of(ROWS), fitted.of(ROWS))
    assert Projection(4).to_hash() == {}
    for damage in ({}, {b"directions": b"x"}, {b"directions": array_to_bytes(np.ones((4, 16)))},
                   {b"directions": array_to_bytes(np.full((16, 4), np.nan))}):  # fmt: skip
        with pytest.raises(ValueError, match="directions|array"):
            Projection.from_hash(damage, (16, 4))
