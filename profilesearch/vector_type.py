"""The types of numbers that vectors can have in Redis, and what a vector is in each.

Source: https://redis.io/docs/latest/develop/ai/search-and-query/vectors/
"""

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from .vectors import Vectors

VectorType = Literal["float32", "float16", "bfloat16", "int8"]
BYTES: Mapping[VectorType, int] = {"float32": 4, "float16": 2, "bfloat16": 2, "int8": 1}
"""Of each number."""

_LARGEST = 127


def pack(vectors: Vectors, type_: VectorType) -> npt.NDArray[Any]:
    """Vectors in the last axis of an array, as a little-endian array whose bytes are what Redis reads.

    Numbers are rounded to the nearest. For int8 each vector is scaled so that its largest number becomes 127 or -127; the
    scale is not kept, since cosines do not change with lengths.
    """
    rows = np.ascontiguousarray(vectors, np.float32)
    if type_ == "float16":
        return rows.astype("<f2")
    if type_ == "bfloat16":  # the upper half of a float32: to the nearest, ties to even
        bits = rows.view(np.uint32)
        return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype("<u2")
    if type_ == "int8":
        largest = np.abs(rows).max(axis=-1, keepdims=True, initial=0)
        return np.rint(rows * (_LARGEST / np.where(largest == 0, 1, largest))).astype(np.int8)
    return rows.astype("<f4", copy=False)


def unpack(data: bytes, type_: VectorType) -> Vectors:
    """The numbers in some bytes, ``(len(data) / BYTES[type_],)`` float32; for int8 scaled to length 1."""
    if type_ == "float16":
        return np.frombuffer(data, "<f2").astype(np.float32)
    if type_ == "bfloat16":
        return (np.frombuffer(data, "<u2").astype(np.uint32) << np.uint32(16)).view(np.float32)
    if type_ == "int8":
        whole = np.frombuffer(data, np.int8).astype(np.float32)
        return np.asarray(whole / (np.linalg.norm(whole) or 1), np.float32)
    return np.frombuffer(data, "<f4").astype(np.float32)


def rounded(vectors: Vectors, type_: VectorType) -> Vectors:
    """``(n, dim)`` or ``(dim,)`` vectors as the type holds them: what :func:`unpack` reads of each that is packed."""
    if type_ == "float32":
        return vectors
    packed = pack(vectors, type_)
    if type_ == "int8":
        whole = packed.astype(np.float32)
        lengths = np.linalg.norm(whole, axis=-1, keepdims=True)
        return np.asarray(whole / np.where(lengths == 0, 1, lengths), np.float32)
    return unpack(packed.tobytes(), type_).reshape(vectors.shape)
