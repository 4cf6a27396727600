"""Where in the space of vectors words are at home: around each landmark, what BM25 gives its profiles for a word on average.

A text can lie near one group in meaning and have the words of another: "our ticket shop falls over when famous bands go on
sale" reads like marketing and asks for a site reliability engineer. What words add to the profiles of a region is added to its
landmark, as it is to each profile, so that the clusters to search are chosen by what they will be ranked by.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..arrays import Integers, array_from_bytes, array_to_bytes
from .statistics import term_key
from .stemming import query_terms

if TYPE_CHECKING:
    from scipy import sparse

_NAMES = ("region_keys", "region_starts", "regions", "region_scores")

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class RegionWords:
    """Mean BM25 scores by term and region.

    Attributes:
        amount: how many regions there are.
        keys: ``(t,)`` uint64, ascending: a digest of each term.
        starts: ``(t + 1,)`` uint32: where the entries of a term begin and end.
        regions: ``(e,)`` uint16: for each entry the region, below ``amount``.
        means: ``(e,)`` float16: what the region's profiles score for the term on average; 0 where there is no entry.
    """

    amount: int
    keys: npt.NDArray[np.uint64]
    starts: npt.NDArray[np.uint32]
    regions: npt.NDArray[np.uint16]
    means: npt.NDArray[np.float16]

    @classmethod
    def of(cls, terms: Sequence[str], scores: "sparse.csr_matrix", places: Integers, amount: int) -> "RegionWords":
        """Average over profiles.

        Args:
            terms: ``t`` terms.
            scores: ``(n, t)`` what each profile scores for each term.
            places: ``(n,)`` the region of each profile.
            amount: how many regions there are, at most 65,536.
        """
        from scipy import sparse  # of no use to a search

        sizes = np.maximum(np.bincount(places, minlength=amount), 1)
        member = sparse.csr_matrix((1 / sizes[places], (places, np.arange(len(places)))), (amount, len(places)))
        keys = np.array([term_key(term) for term in terms], np.uint64)
        order = np.argsort(keys)
        means = (member @ scores).tocsc()[:, order]
        means.sort_indices()
        return cls(
            amount,
            keys[order],
            means.indptr.astype(np.uint32),
            means.indices.astype(np.uint16),
            means.data.astype(np.float16),
        )

    def scores(self, words: Iterable[str], language: str) -> Floats:
        """``(amount,)`` what each region's profiles score for words on average; higher is better, 0 is no word."""
        scores = np.zeros(self.amount, np.float32)
        for term in {term for word in words for term in query_terms(word, language)}:
            key = np.uint64(term_key(term))
            place = int(np.searchsorted(self.keys, key))
            if place < len(self.keys) and self.keys[place] == key:
                entries = slice(int(self.starts[place]), int(self.starts[place + 1]))
                scores[self.regions[entries]] += self.means[entries]  # a region has one entry of a term
        return scores

    def to_hash(self) -> dict[bytes, bytes]:
        """As hash fields, every array in NumPy's own format."""
        starts = np.append(self.starts, np.uint32(self.amount))
        arrays: tuple[npt.NDArray[Any], ...] = (self.keys, starts, self.regions, self.means)
        return {name.encode(): array_to_bytes(array) for name, array in zip(_NAMES, arrays, strict=True)}

    @classmethod
    def from_hash(cls, data: Mapping[bytes, bytes]) -> "RegionWords | None":
        """Read what :meth:`to_hash` wrote; None if nothing was.

        Raises:
            ValueError: a field is missing or holds something else.
        """
        if _NAMES[0].encode() not in data:
            return None
        try:
            keys, starts, regions, means = (array_from_bytes(data[name.encode()]) for name in _NAMES)
        except KeyError as error:
            raise ValueError(f"the regions of words lack {error}") from None
        kinds = [array.dtype for array in (keys, starts, regions, means)]
        if kinds != [np.uint64, np.uint32, np.uint16, np.float16] or starts.shape != (len(keys) + 2,):
            raise ValueError(f"the regions of words: expected arrays of numbers that belong together, got {kinds}")
        amount, starts = int(starts[-1]), starts[:-1]
        ends = int(starts[-1]) == len(regions) == len(means) and (starts[1:] >= starts[:-1]).all()
        if not ends or not (keys[1:] > keys[:-1]).all() or (len(regions) and int(regions.max()) >= amount):
            raise ValueError("the regions of words are damaged: expected ascending keys, and entries of known regions")
        return cls(amount, keys, starts, regions, means)
