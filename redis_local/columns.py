"""Columns of an index: one typed store per schema field, addressed by row number.

Every column grows with ``reserve``, takes values with ``put`` and drops them with ``clear``; ``rows`` below is
always the number of rows in use, and every mask is a ``(rows,)`` bool array.
"""

import re
from collections.abc import Iterable
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import snowballstemmer

from .schema import Field, VectorSpec

Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.floating]

_SEPARATORS = re.compile(rb"[\x00-\x20!-/:-@\[-^`{-\x7f]+")
_NUMBER = re.compile(rb"[+-]?(\d+\.?\d*([eE][+-]?\d+)?|\.\d+([eE][+-]?\d+)?|inf(inity)?)", re.IGNORECASE)
_DTYPES: dict[str, type[np.floating]] = {"FLOAT32": np.float32, "FLOAT64": np.float64, "FLOAT16": np.float16}


_Number = TypeVar("_Number", bound=np.generic)


class BadValue(ValueError):
    """A hash value does not fit its field, so the document is not indexed."""


def fold(value: bytes) -> bytes:
    """Lower case, for all of Unicode; bytes that are not UTF-8 stay."""
    return value.decode(errors="surrogateescape").lower().encode(errors="surrogateescape")


def _grown(array: npt.NDArray[_Number], capacity: int) -> npt.NDArray[_Number]:
    bigger: npt.NDArray[_Number] = np.zeros((capacity, *array.shape[1:]), array.dtype)
    bigger[: len(array)] = array
    return bigger


class TagColumn:
    """Whole field values as codes in an ``int32`` array, and which codes contain each tag."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self._separator = field.separator.encode(errors="surrogateescape")
        self._codes: npt.NDArray[np.int32] = np.zeros(0, np.int32)
        self._values: list[bytes | None] = [None]
        self._counts = [0]
        self._free: list[int] = []
        self._code_of: dict[bytes, int] = {}
        self._codes_with: dict[bytes, set[int]] = {}
        self._rows_with: dict[int, npt.NDArray[np.intp]] = {}

    def reserve(self, capacity: int) -> None:
        self._codes = _grown(self._codes, capacity)

    def put(self, row: int, value: bytes | None) -> None:
        if self._rows_with:
            self._rows_with.clear()
        old = int(self._codes[row])
        if value is None:
            self._codes[row] = 0
        else:
            code = self._code_of.get(value) or self._add(value)
            self._counts[code] += 1
            self._codes[row] = code
        if old:
            self._counts[old] -= 1
            if not self._counts[old]:
                self._forget(old)

    def get(self, row: int) -> bytes | None:
        return self._values[int(self._codes[row])]

    def _add(self, value: bytes) -> int:
        if self._free:
            code = self._free.pop()
            self._values[code] = value
        else:
            code = len(self._values)
            self._values.append(value)
            self._counts.append(0)
        self._code_of[value] = code
        for tag in self._tags(value):
            self._codes_with.setdefault(self.normalise(tag), set()).add(code)
        return code

    def _forget(self, code: int) -> None:
        value = self._values[code]
        assert value is not None
        del self._code_of[value]
        for tag in {self.normalise(tag) for tag in self._tags(value)}:
            self._codes_with[tag].discard(code)
            if not self._codes_with[tag]:
                del self._codes_with[tag]
        self._values[code] = None
        self._free.append(code)

    def _tags(self, value: bytes) -> Iterable[bytes]:
        tags = (tag.strip() for tag in value.split(self._separator))
        return (tag for tag in tags if tag or self.field.index_empty)

    def normalise(self, tag: bytes) -> bytes:
        """A tag as it is compared: in lower case unless the field is case-sensitive."""
        return tag if self.field.case_sensitive else fold(tag)

    def tags(self) -> list[bytes]:
        """Every distinct tag, sorted."""
        return sorted(self._codes_with)

    def codes_of(self, tag: bytes, starts: bool = False, ends: bool = False) -> set[int]:
        """Codes of the values that contain the tag, or a tag with that beginning, end, or part."""
        if not (starts or ends):
            return self._codes_with.get(tag, set())
        return set().union(*(codes for each, codes in self._codes_with.items() if affixed(each, tag, starts, ends)))

    def rows_with(self, codes: set[int], rows: int) -> npt.NDArray[np.intp]:
        """Rows that have one of these codes, in order; remembered for each code until the next write."""
        for code in codes - self._rows_with.keys():
            self._rows_with[code] = np.flatnonzero(self._codes[:rows] == code)
        found = [self._rows_with[code] for code in codes]
        return found[0] if len(found) == 1 else np.sort(np.concatenate(found))

    def mask(self, codes: set[int], rows: int) -> Mask:
        column = self._codes[:rows]
        if len(codes) == 1:
            return np.asarray(column == next(iter(codes)))
        table = np.zeros(len(self._values), bool)
        table[list(codes)] = True
        return np.asarray(table[column])


def affixed(word: bytes, part: bytes, starts: bool, ends: bool) -> bool:
    """Whether ``part*`` (starts), ``*part`` (ends) or ``*part*`` (both) matches the word."""
    if starts and ends:
        return part in word
    return word.startswith(part) if starts else word.endswith(part)


class NumericColumn:
    """Numbers in a ``float64`` array; NaN where a document has none."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self._numbers: npt.NDArray[np.float64] = np.zeros(0, np.float64)

    def reserve(self, capacity: int) -> None:
        self._numbers = _grown(self._numbers, capacity)

    @staticmethod
    @staticmethod
    def parse(value: bytes | None) -> float:
        """A hash value as a number.

        Raises:
            BadValue: it is not one.
        """
        if value is None:
            return float("nan")
        if not _NUMBER.fullmatch(value):
            raise BadValue(f"Invalid numeric value: '{value.decode(errors='replace')}'")
        return float(value)

    def put(self, row: int, value: bytes | None) -> None:
        self._numbers[row] = self.parse(value)

    def get(self, row: int) -> float | None:
        number = float(self._numbers[row])
        return None if number != number else number

    def values(self, rows: int) -> Floats:
        return self._numbers[:rows]

    def mask(self, low: float, high: float, low_open: bool, high_open: bool, rows: int) -> Mask:
        column = self._numbers[:rows]
        above = column > low if low_open else column >= low
        below = column < high if high_open else column <= high
        return np.asarray(above & below)


class TextColumn:
    """Words in an inverted index with stems, and each document's words in order for phrases."""

    def __init__(self, field: Field, stopwords: frozenset[bytes], language: str) -> None:
        self.field = field
        self._stopwords = stopwords
        self._stemmer = snowballstemmer.stemmer(language)
        self._stems: dict[bytes, bytes] = {}
        self._rows_with: dict[bytes, set[int]] = {}
        self._words: dict[int, tuple[bytes, ...]] = {}
        self._raw: dict[int, bytes] = {}

    def reserve(self, capacity: int) -> None:
        """Nothing: dictionaries grow by themselves."""

    def tokenize(self, value: bytes) -> tuple[bytes, ...]:
        """Words in lower case; a stop word leaves an empty place so that positions stay true."""
        words = (word for word in _SEPARATORS.split(fold(value)) if word)
        return tuple(b"" if word in self._stopwords else word for word in words)

    def put(self, row: int, value: bytes | None) -> None:
        for term in self._terms(self._words.pop(row, ())):
            rows = self._rows_with[term]
            rows.discard(row)
            if not rows:
                del self._rows_with[term]
        self._raw.pop(row, None)
        if value is None:
            return
        if self.field.sortable:
            self._raw[row] = value
        if self.field.noindex:
            return
        self._words[row] = words = self.tokenize(value)
        for term in self._terms(words):
            self._rows_with.setdefault(term, set()).add(row)

    def get(self, row: int) -> bytes | None:
        return self._raw.get(row)

    def length(self, row: int) -> int:
        """Number of words without stop words."""
        return sum(map(bool, self._words.get(row, ())))

    def frequency(self, row: int, terms: Iterable[bytes]) -> int:
        """How often any of the terms occurs in the document."""
        wanted = set(terms)
        return sum(bool(wanted & self._terms((word,))) for word in self._words.get(row, ()))

    def _terms(self, words: tuple[bytes, ...]) -> set[bytes]:
        terms = set(words) - {b""}
        if not self.field.nostem:
            terms |= {b"+" + stem for word in terms if len(word) >= 4 and (stem := self.stem(word)) != word}
        return terms

    def stem(self, word: bytes) -> bytes:
        """The word's stem (Snowball, https://snowballstem.org)."""
        found = self._stems.get(word)
        if found is None:
            if len(self._stems) > 200_000:
                self._stems.clear()
            decoded = word.decode(errors="surrogateescape")
            found = self._stems[word] = self._stemmer.stemWord(decoded).encode(errors="surrogateescape")
        return found

    def terms_of(self, word: bytes, exact: bool) -> set[bytes]:
        """The index terms that a query word stands for: itself, its stem, and what has the same stem."""
        if exact or self.field.nostem:
            return {word}
        stem = self.stem(word)
        return {word, stem, b"+" + stem}

    def rows_of(self, terms: Iterable[bytes]) -> set[int]:
        return set().union(*(self._rows_with.get(term, ()) for term in terms))

    def words_like(self, part: bytes, starts: bool, ends: bool) -> set[bytes]:
        """Indexed words with that beginning, end, or part."""
        return {word for word in self._rows_with if word[:1] != b"+" and affixed(word, part, starts, ends)}

    def phrase_rows(self, phrase: tuple[bytes, ...]) -> set[int]:
        """Rows in which the words stand next to each other."""
        rows = set.intersection(*(self.rows_of((word,)) for word in phrase))
        return {row for row in rows if _contains(self._words[row], phrase)}


def _contains(words: tuple[bytes, ...], phrase: tuple[bytes, ...]) -> bool:
    size = len(phrase)
    return any(words[start : start + size] == phrase for start in range(len(words) - size + 1))


class VectorColumn:
    """Vectors as rows of a matrix, of unit length if the metric is COSINE, and exact distances to them.

    HNSW is accepted, and answered exactly too.
    """

    def __init__(self, field: Field) -> None:
        assert field.vector is not None
        self.field = field
        self.spec: VectorSpec = field.vector
        self.dtype = np.dtype(_DTYPES[self.spec.data_type])
        self._stored = np.float64 if self.dtype == np.float64 else np.float32
        self._matrix = np.empty((0, self.spec.dim), self._stored)
        self._squares: npt.NDArray[np.floating] = np.zeros(0, self._stored)
        self.present: Mask = np.zeros(0, bool)

    @property
    def blob_size(self) -> int:
        """Bytes that one vector must have."""
        return self.spec.dim * self.dtype.itemsize

    @property
    def memory(self) -> int:
        """Bytes that the stored vectors take."""
        return int(self.present.sum()) * self.spec.dim * self._matrix.itemsize

    def reserve(self, capacity: int) -> None:
        bigger = np.empty((capacity, self.spec.dim), self._stored)
        bigger[: len(self._matrix)] = self._matrix
        self._matrix = bigger
        self.present = _grown(self.present, capacity)
        if self.spec.metric == "L2":
            self._squares = _grown(self._squares, capacity)

    def check(self, value: bytes | None) -> None:
        if value is not None and len(value) != self.blob_size:
            raise BadValue(f"Could not add vector with blob size {len(value)} (expected size {self.blob_size})")

    def put(self, row: int, value: bytes | None) -> None:
        self.present[row] = value is not None
        if value is not None:
            self.set_many([row], value)

    def set_many(self, rows: list[int], blobs: bytes) -> None:
        """Store several vectors at once, given as their bytes in a row."""
        vectors = self._prepare(np.frombuffer(blobs, self.dtype.newbyteorder("<")).reshape(len(rows), self.spec.dim))
        self._matrix[rows] = vectors
        self.present[rows] = True
        if self.spec.metric == "L2":
            self._squares[rows] = np.einsum("ij,ij->i", vectors, vectors)

    def _prepare(self, vectors: Floats) -> Floats:
        vectors = vectors.astype(self._stored)
        if self.spec.metric == "COSINE":
            with np.errstate(invalid="ignore", divide="ignore"):
                vectors = vectors / np.sqrt(np.einsum("ij,ij->i", vectors, vectors))[:, None]
                if self.dtype == np.float16:
                    vectors = vectors.astype(np.float16).astype(self._stored)
        return vectors

    def query(self, blob: bytes) -> Floats:
        """A query's bytes as a ``(dim,)`` vector, prepared like the stored ones."""
        return np.asarray(self._prepare(np.frombuffer(blob, self.dtype.newbyteorder("<"))[None])[0])

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
            return np.asarray(1 - matrix @ query)

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


Column = TagColumn | NumericColumn | TextColumn | VectorColumn
