"""A text's token vectors, few enough to be kept with each profile.

Tokens of a text that mean nearly the same are put together, and the mean of each group is kept at a byte a number; which tokens
there were is kept besides. So pooled, a third of the vectors orders texts as all of them do (Clavié et al. 2024,
https://arxiv.org/abs/2409.14683).
"""

import struct
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ..vectors import Vectors, unit_rows
from .encoder import TokenEncoder, TokenVectors

STEPS = 127.0
"""A number from -1 to 1 is kept as a whole number of so many steps."""

_HEAD = struct.Struct("<II")


def pool(tokens: TokenVectors, most: int) -> TokenVectors:
    """The distinct tokens' numbers, ascending, and at most so many vectors, which belong to no single token any more."""
    return TokenVectors(np.unique(tokens.ids), _pooled(tokens.vectors, most))


def _pooled(vectors: Vectors, most: int) -> Vectors:
    if len(vectors) <= most:
        return vectors
    from scipy.cluster.hierarchy import fcluster, linkage

    groups = fcluster(linkage(vectors, "ward"), most, "maxclust") - 1
    sums = np.zeros((int(groups.max()) + 1, vectors.shape[1]), np.float32)
    np.add.at(sums, groups, vectors)
    return unit_rows(sums)


def stepped(vectors: Vectors) -> npt.NDArray[np.int8]:
    """Rows of length 1 at a byte a number."""
    return np.round(vectors * STEPS).astype(np.int8)


def to_bytes(tokens: TokenVectors) -> bytes:
    """As a field of a hash: both amounts, the tokens' numbers, and the vectors at a byte a number."""
    head = _HEAD.pack(len(tokens.ids), len(tokens.vectors))
    return head + tokens.ids.astype("<u4").tobytes() + stepped(tokens.vectors).tobytes()


def from_bytes(data: bytes, dimension: int) -> TokenVectors:
    """Read what :func:`to_bytes` wrote; the vectors stay ``(v, dimension)`` int8.

    Raises:
        ValueError: it is something else.
    """
    if len(data) < _HEAD.size:
        raise ValueError(f"token vectors: expected at least {_HEAD.size} bytes, got {len(data)}")
    ids, vectors = _HEAD.unpack_from(data)
    size = _HEAD.size + 4 * ids + dimension * vectors
    if len(data) != size:
        raise ValueError(
            f"token vectors: expected {size} bytes for {ids} tokens and {vectors} vectors, got {len(data)}"
        )
    numbers = np.frombuffer(data, "<u4", ids, _HEAD.size).astype(np.int64)
    rows = np.frombuffer(data, np.int8, offset=_HEAD.size + 4 * ids).reshape(vectors, dimension)
    return TokenVectors(numbers, rows)  # type: ignore[arg-type]


def pooled_tokens(encoder: TokenEncoder, texts: Sequence[str], most: int) -> list[bytes]:
    """What is kept of each text; see :func:`to_bytes`."""
    return [to_bytes(pool(tokens, most)) for tokens in encoder.encode_tokens(texts)]
