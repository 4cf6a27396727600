"""VECTOR fields."""

import numpy as np
import numpy.typing as npt

from ..schema import Field, VectorSpec
from .elements import ELEMENTS
from .shared import BadValue, Floats, Mask, Rows, grown


class VectorColumn:
    """Vectors as rows of a matrix, and exact distances to them.

    If the metric is COSINE the rows are of unit length, as Redis keeps them, but for vectors of whole numbers, whose
    lengths stand beside them. HNSW is accepted, and answered exactly too.
    """

    def __init__(self, field: Field) -> None:
        assert field.vector is not None
        self.field = field
        self.spec: VectorSpec = field.vector
        self.element = ELEMENTS[self.spec.data_type]
        self._stored = self.element.computed
        self._norms = np.zeros(0, self._stored) if self.element.whole and self.spec.metric == "COSINE" else None
        self._matrix = np.empty((0, self.spec.dim), self._stored)
        self._squares: npt.NDArray[np.floating] = np.zeros(0, self._stored)
        self.present: Mask = np.zeros(0, bool)

    @property
    def blob_size(self) -> int:
        """Bytes that one vector must have."""
        return self.spec.dim * self.element.size

    @property
    def memory(self) -> int:
        """Bytes that the stored vectors take."""
        return int(self.present.sum()) * self.spec.dim * self._matrix.itemsize

    def reserve(self, capacity: int) -> None:
        bigger = np.empty((capacity, self.spec.dim), self._stored)
        bigger[: len(self._matrix)] = self._matrix
        self._matrix = bigger
        self.present = grown(self.present, capacity)
        if self.spec.metric == "L2":
            self._squares = grown(self._squares, capacity)
        if self._norms is not None:
            self._norms = grown(self._norms, capacity)

    def missing(self, selection: int | Rows) -> Mask:
        """Which of these rows have no value."""
        return np.asarray(~(self.present[:selection] if isinstance(selection, int) else self.present[selection]))

    def check(self, value: bytes | None) -> None:
        if value is not None and len(value) != self.blob_size:
            raise BadValue(f"Could not add vector with blob size {len(value)} (expected size {self.blob_size})")

    def put(self, row: int, value: bytes | None) -> None:
        self.present[row] = value is not None
        if value is not None:
            self.set_many([row], value)

    def set_many(self, rows: list[int], blobs: bytes) -> None:
        """Store several vectors at once, given as their bytes in a row."""
        vectors = self._prepare(self.element.read(blobs).reshape(len(rows), self.spec.dim))
        self._matrix[rows] = vectors
        if self._norms is not None:
            self._norms[rows] = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
        self.present[rows] = True
        if self.spec.metric == "L2":
            self._squares[rows] = np.einsum("ij,ij->i", vectors, vectors)

    def _prepare(self, vectors: Floats) -> Floats:
        if self.spec.metric == "COSINE" and not self.element.whole:
            with np.errstate(all="ignore"):
                vectors = self.element.rounded(vectors / np.sqrt(np.einsum("ij,ij->i", vectors, vectors))[:, None])
        return vectors

    def query(self, blob: bytes) -> Floats:
        """A query's bytes as a ``(dim,)`` vector, prepared like the stored ones."""
        return np.asarray(self._prepare(self.element.read(blob)[None])[0])

    def distances(self, query: Floats, selected: npt.NDArray[np.intp] | int) -> Floats:
        """Distances to chosen rows (an index array), or to the first so many (an int).

        Returns:
            ``(rows,)``: squared Euclidean for L2, ``1 - inner product`` for IP and COSINE; smaller is nearer.
        """
        matrix = self._matrix[:selected] if isinstance(selected, int) else self._matrix[selected]
        with np.errstate(all="ignore"):
            if self.spec.metric == "L2":
                difference = matrix - query
                return np.asarray(np.einsum("ij,ij->i", difference, difference))
            products = matrix @ query
            if self._norms is not None:
                norms = self._norms[:selected] if isinstance(selected, int) else self._norms[selected]
                products = products / (norms * np.sqrt(query @ query))
            return np.asarray(1 - products)

    def nearest(
        self, query: Floats, k: int, candidates: Mask | npt.NDArray[np.intp] | None, rows: int
    ) -> tuple[npt.NDArray[np.intp], Floats]:
        """The ``k`` nearest of the candidate rows, nearest first, ties by row.

        Args:
            query: ``(dim,)``, from :meth:`query`.
            candidates: ``(rows,)`` mask, or row numbers in order, or None for every row that has a vector.
            rows: rows in use.

        Returns:
            Row numbers and distances, each ``(min(k, candidates),)``.
        """
        if candidates is not None and candidates.dtype != bool:
            given = np.asarray(candidates, np.intp)
            chosen = given[self.present[given]]
            if self.spec.metric == "L2":
                chosen = self._possible(query, chosen, min(k, len(chosen))) if len(chosen) else chosen
            return _smallest(chosen, self.distances(query, chosen), min(k, len(chosen)))
        wanted = self.present[:rows] if candidates is None else candidates & self.present[:rows]
        count = int(np.count_nonzero(wanted))
        k = min(k, count)
        if k == 0:
            return np.zeros(0, np.intp), np.zeros(0, self._stored)
        if count * 3 < rows or self.spec.metric == "L2":
            chosen = np.flatnonzero(wanted)
            if self.spec.metric == "L2":
                chosen = self._possible(query, chosen, k)
            distances = self.distances(query, chosen)
        else:
            distances = self.distances(query, rows)
            chosen = np.arange(rows)
            if count < rows:
                chosen, distances = chosen[wanted], distances[wanted]
        return _smallest(chosen, distances, k)

    def _possible(self, query: Floats, chosen: npt.NDArray[np.intp], k: int) -> npt.NDArray[np.intp]:
        """Rows that can be among the ``k`` nearest by a fast estimate with a safe bound on its rounding error."""
        if len(chosen) <= 4 * k:
            return chosen
        square = float(query @ query)
        stored = self._squares[chosen]
        with np.errstate(all="ignore"):
            dense = len(chosen) * 3 > chosen[-1]
            products = (self._matrix[: chosen[-1] + 1] @ query)[chosen] if dense else self._matrix[chosen] @ query
            estimate: Floats = np.asarray(stored + square - 2 * products, self._stored)
        bound = np.partition(estimate, k - 1)[k - 1] + 1e-4 * (float(stored.max()) + square)
        return np.asarray(chosen[~(estimate > bound)])


def _smallest(chosen: npt.NDArray[np.intp], distances: Floats, k: int) -> tuple[npt.NDArray[np.intp], Floats]:
    """The k smallest distances in order, NaN last, equal ones by row number."""
    if 0 < k < len(distances):
        limit = np.partition(distances, k - 1)[k - 1]
        if limit == limit:
            near = distances <= limit
            chosen, distances = chosen[near], distances[near]
    order = np.lexsort((chosen, distances))[:k]
    return chosen[order], distances[order]
