"""In how many profiles a word is: which words of a long text say most, and what score a text could have.

A version keeps it as two plain arrays, sorted keys and counts, of a few MB at the most.
"""

import hashlib
import heapq
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt

from ..arrays import array_from_bytes, array_to_bytes
from .stemming import index_terms, indexed_words, query_terms, stem

MOST_TERMS = 262_144
"""Terms whose counts are kept, the most frequent first: 3 MB."""

TYPED_WORDS = 8
"""A query of so many words, or fewer, was typed: each of them was meant."""

MOST_SELECTED = 48
"""Words that a long text is asked for with: as good as all of them on job descriptions, and half the work."""

_COMMON = 0.2
"""A word that more than this share of the profiles have says too little to be asked for in a long text."""

_SATURATION = 1.2
"""BM25's k1: a word that a text says twice counts more, but not twice as much."""

Keys = npt.NDArray[np.uint64]
Counts = npt.NDArray[np.uint32]


@dataclass(frozen=True, eq=False)
class TermStatistics:
    """How frequent words are.

    Attributes:
        language: an ISO 639-1 code, which says how words are stemmed.
        documents: how many texts were counted.
        keys: ``(t,)`` uint64, ascending: a digest of each term, which is a word or ``+stem``.
        counts: ``(t,)`` uint32: how many texts have it.
    """

    language: str
    documents: int
    keys: Keys
    counts: Counts

    @classmethod
    def of(cls, texts: Iterable[str], language: str = "en", most: int = MOST_TERMS) -> "TermStatistics":
        """Count the words of texts, or of a sample of them."""
        return cls.of_languages(((text, language) for text in texts), language, most)

    @classmethod
    def of_languages(
        cls, texts: Iterable[tuple[str, str]], language: str = "en", most: int = MOST_TERMS
    ) -> "TermStatistics":
        """Count the words of texts, each given with its language, which says how its words are stemmed.

        Args:
            texts: any number.
            language: of queries, as far as they are not in another one; see :meth:`in_language`.
            most: terms that are kept.
        """
        frequencies: Counter[str] = Counter()
        documents = 0
        for text, its in texts:
            documents += 1
            frequencies.update({term for word in set(indexed_words(text, its)) for term in index_terms(word, its)})
        kept = heapq.nlargest(most, frequencies.items(), key=lambda pair: (pair[1], pair[0]))
        keys = np.array([term_key(term) for term, _ in kept], np.uint64)
        order = np.argsort(keys)
        counts = np.array([count for _, count in kept], np.uint32)
        return cls(language, documents, keys[order], counts[order])

    def in_language(self, language: str) -> "TermStatistics":
        """The same counts, for queries in a language."""
        return self if language == self.language else replace(self, language=language)

    def kept_frequencies(self, terms: Iterable[str]) -> list[int]:
        """How many texts have each of some terms: words, or ``+stem``; 0 for one that is not kept."""
        asked = np.fromiter(map(term_key, terms), np.uint64)
        if not len(self.keys):
            return [0] * len(asked)
        places = np.minimum(np.searchsorted(self.keys, asked), len(self.keys) - 1)
        counts: list[int] = np.where(self.keys[places] == asked, self.counts[places], 0).tolist()
        return counts

    def frequencies(self, terms: Iterable[str]) -> list[int]:
        """The same, but 1 for a term that is not kept if there were too many to keep them all."""
        unknown = int(len(self.keys) >= MOST_TERMS)
        return [max(count, unknown) for count in self.kept_frequencies(terms)]

    def has(self, word: str) -> bool:
        """Whether a text has a word, in lower case, or another with its stem, as far as that is kept."""
        return any(self.kept_frequencies(query_terms(word, self.language)))

    def documents_with(self, words: Sequence[str]) -> list[int]:
        """How many texts have each of some words, or another with its stem."""
        forms = [query_terms(word, self.language) for word in words]
        counts = iter(self.frequencies(form for several in forms for form in several))
        return [max(islice(counts, len(several))) for several in forms]

    def idf(self, frequency: int) -> float:
        """BM25's weight of what so many texts have; the rarer, the higher, never below 0.

        https://redis.io/docs/latest/develop/ai/search-and-query/advanced-concepts/scoring/
        """
        return math.log(1 + max(0.0, self.documents - frequency + 0.5) / (frequency + 0.5))

    def reference_score(self, words: Iterable[str]) -> float:
        """The BM25 score, in one field, of a text of mean length that has each of the words once.

        BM25 has no upper end that is the same for all queries. A score divided by this one has: about 1 is a text that
        has every word.
        """
        terms = {term for word in words for term in query_terms(word, self.language)}
        return sum(self.idf(count) for count in self.frequencies(terms) if count)

    def select(self, text: str, most: int = MOST_SELECTED) -> tuple[str, ...]:
        """The words of a text that say most, best first: rare in the profiles, and repeated in the text.

        Of words with the same stem the first is taken, since a search finds the others with it. Words that no profile has
        are left out; so are those of a long text that many profiles have.
        """
        occurrences: dict[str, list[str]] = {}
        for word in indexed_words(text, self.language):
            occurrences.setdefault(stem(word, self.language), []).append(word)
        counts = self.documents_with([words[0] for words in occurrences.values()])
        known = [(count, words) for count, words in zip(counts, occurrences.values(), strict=True) if count]
        if len(known) > TYPED_WORDS:
            known = [(count, words) for count, words in known if count <= _COMMON * self.documents] or known
        ranked = sorted(known, key=lambda pair: -self.idf(pair[0]) * _saturated(len(pair[1])))
        return tuple(words[0] for _, words in islice(ranked, most))

    def to_hash(self) -> dict[bytes, bytes]:
        """As hash fields, every array in NumPy's own format."""
        about = np.array([self.language, str(self.documents)], np.str_)
        arrays: dict[str, npt.NDArray[Any]] = {"about": about, "keys": self.keys, "counts": self.counts}
        return {name.encode(): array_to_bytes(array) for name, array in arrays.items()}

    @classmethod
    def from_hash(cls, data: Mapping[bytes, bytes]) -> "TermStatistics":
        """Read what :meth:`to_hash` wrote.

        Raises:
            ValueError: a field is missing or holds something else.
        """
        try:
            about, keys, counts = (array_from_bytes(data[name]) for name in (b"about", b"keys", b"counts"))
            language, documents = map(str, about)
            statistics = cls(language, int(documents), keys, counts)
        except KeyError as error:
            raise ValueError(f"the statistics of words lack {error}") from None
        except (TypeError, ValueError) as error:
            raise ValueError(f"the statistics of words hold something else than expected: {error}") from None
        if keys.dtype != np.uint64 or counts.dtype != np.uint32 or keys.ndim != 1 or keys.shape != counts.shape:
            shapes = f"{keys.shape} {keys.dtype} and {counts.shape} {counts.dtype}"
            raise ValueError(
                f"the statistics of words: expected two arrays (terms,) of uint64 and uint32, got {shapes}"
            )
        if not (keys[1:] > keys[:-1]).all() or statistics.documents < 0:
            raise ValueError("the statistics of words are damaged: expected ascending keys and counts from 0 on")
        return statistics


def _saturated(count: int) -> float:
    return count * (_SATURATION + 1) / (count + _SATURATION)


def term_key(term: str) -> int:
    """The digest that a term is kept under, from 0 to 2⁶⁴ - 1."""
    return int.from_bytes(hashlib.blake2b(term.encode("utf-8", "replace"), digest_size=8).digest(), "little")
