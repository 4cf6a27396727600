"""NumPy arrays as bytes, without pickling."""

import io
from typing import Any

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]


def array_to_bytes(array: npt.NDArray[Any]) -> bytes:
    """An array in NumPy's own format, without pickling."""
    file = io.BytesIO()
    np.save(file, array, allow_pickle=False)
    return file.getvalue()


def array_from_bytes(data: bytes) -> npt.NDArray[Any]:
    """Read what :func:`array_to_bytes` wrote.

    Raises:
        ValueError: the bytes are something else, or a pickle.
    """
    try:
        return np.asarray(np.lib.format.read_array(io.BytesIO(data), allow_pickle=False))
    except Exception as error:  # NumPy's reader raises whatever its parsers do
        reason = str(error)[:200] or type(error).__name__
        raise ValueError(f"expected an array in NumPy's format, got {len(data):,} other bytes ({reason})") from error
