"""The element types of VECTOR fields: bytes to numbers.

Source: https://redis.io/docs/latest/develop/ai/search-and-query/vectors/
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .shared import Floats


@dataclass(frozen=True)
class Element:
    """One element type.

    Attributes:
        stored: the dtype of the bytes, little-endian.
        computed: the dtype in which distances are computed.
        whole: whether the elements are whole numbers, which Redis does not normalise.
    """

    stored: np.dtype[np.generic]
    computed: type[np.floating] = np.float32
    whole: bool = False

    @property
    def size(self) -> int:
        """Bytes that one number takes."""
        return self.stored.itemsize

    def read(self, blob: bytes) -> Floats:
        """Bytes as numbers, ``(len(blob) / size,)``."""
        return np.frombuffer(blob, self.stored).astype(self.computed, copy=False)

    def rounded(self, values: Floats) -> Floats:
        """What remains of values once they are stored in this type."""
        return values.astype(self.stored, copy=False).astype(self.computed, copy=False)


class _Bfloat16(Element):
    """The upper half of a float32."""

    def read(self, blob: bytes) -> Floats:
        return (np.frombuffer(blob, self.stored).astype(np.uint32) << np.uint32(16)).view(np.float32)

    def rounded(self, values: Floats) -> Floats:
        bits: npt.NDArray[np.uint32] = values.astype(np.float32).view(np.uint32)
        nearest_even = (bits + np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))) & np.uint32(0xFFFF0000)
        kept = np.where(np.isnan(values), bits, nearest_even)
        return kept.astype(np.uint32).view(np.float32)


ELEMENTS = {
    "FLOAT64": Element(np.dtype("<f8"), np.float64),
    "FLOAT32": Element(np.dtype("<f4")),
    "FLOAT16": Element(np.dtype("<f2")),
    "BFLOAT16": _Bfloat16(np.dtype("<u2")),
    "INT8": Element(np.dtype("i1"), whole=True),
    "UINT8": Element(np.dtype("u1"), whole=True),
}
