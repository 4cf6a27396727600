"""Embeddings as arrays and as the bytes that Redis stores: little-endian float32."""

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]
"""Rows of float32; ``(n, dim)`` for several, ``(dim,)`` for one."""

_WIRE = np.dtype("<f4")


def to_bytes(vector: Vectors) -> bytes:
    """A ``(dim,)`` vector as ``4 * dim`` bytes."""
    if vector.ndim != 1:
        raise ValueError(f"expected one vector of shape (dim,), got shape {vector.shape}")
    return vector.astype(_WIRE, copy=False).tobytes()


def from_bytes(data: bytes, dimension: int) -> Vectors:
    """Bytes as a ``(dimension,)`` vector.

    Raises:
        ValueError: the bytes are not exactly that many numbers.
    """
    if len(data) != dimension * _WIRE.itemsize:
        raise ValueError(f"expected {dimension * _WIRE.itemsize} bytes for {dimension} numbers, got {len(data)}")
    return np.frombuffer(data, _WIRE).astype(np.float32)


def unit_rows(vectors: npt.ArrayLike) -> Vectors:
    """``(n, dim)`` rows scaled to length 1.

    Raises:
        ValueError: a row is zero or not finite, so it has no direction.
    """
    rows = np.asarray(vectors, np.float32)
    if rows.ndim != 2:
        raise ValueError(f"expected vectors of shape (n, dim), got shape {rows.shape}")
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    if not np.isfinite(lengths).all() or (lengths == 0).any():
        raise ValueError("a vector is zero or not finite")
    return np.asarray(rows / lengths, np.float32)
