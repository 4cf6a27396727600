"""BM25 in memory: what a few hundred held-back profiles would score, without an index of their own.

Scores are BM25STD's as Redis computes them (k1 1.2, b 0.75;
https://redis.io/docs/latest/develop/ai/search-and-query/advanced-concepts/scoring/). How rare words are is taken from
all profiles; the texts that are scored may be a few of them.
"""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from .statistics import TermStatistics
from .stemming import index_terms, indexed_words, query_terms

if TYPE_CHECKING:
    from scipy import sparse

K1 = 1.2
B = 0.75

Floats = npt.NDArray[np.float32]


class Bm25:
    """Texts that can be scored.

    Args:
        statistics: how rare words are.
        texts: what is scored, in the order of the scores; a document's length counts over all that is given of it.
        titles: further texts of the same documents, whose scores are added.
    """

    def __init__(self, statistics: TermStatistics, texts: Sequence[str], titles: Sequence[str] = ()) -> None:
        from scipy import sparse  # of no use to a build that finds its words weighed already

        self._statistics = statistics
        self._columns: dict[str, int] = {}
        fields = [[indexed_words(text, statistics.language) for text in field] for field in (texts, titles) if field]
        lengths = np.sum([[len(words) for words in field] for field in fields], axis=0)
        longer = K1 * (1 - B + B * lengths / max(float(np.mean(lengths)), 1e-9))
        counted = [self._counted(field) for field in fields]
        shape = (len(texts), len(self._columns))
        idf = np.array([statistics.idf(max(1, count)) for count in statistics.frequencies(self._columns)])
        self._weights = sparse.csr_matrix(shape)
        for rows, columns, counts in counted:
            weights = idf[columns] * counts * (K1 + 1) / (counts + longer[rows]) if len(rows) else counts
            self._weights += sparse.csr_matrix((weights, (rows, columns)), shape=shape)

    def _counted(
        self, field: Sequence[Sequence[str]]
    ) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], npt.NDArray[np.float64]]:
        """Documents, terms, and how often the document has the term."""
        rows: list[int] = []
        columns: list[int] = []
        counts: list[int] = []
        for row, words in enumerate(field):
            terms = Counter(term for word in words for term in index_terms(word, self._statistics.language))
            rows += [row] * len(terms)
            columns += [self._columns.setdefault(term, len(self._columns)) for term in terms]
            counts += terms.values()
        return np.array(rows, np.intp), np.array(columns, np.intp), np.array(counts, np.float64)

    @property
    def terms(self) -> tuple[str, ...]:
        """Every term of the texts, in the order of the columns of :attr:`weights`."""
        return tuple(self._columns)

    @property
    def weights(self) -> "sparse.csr_matrix":
        """``(n, t)`` what each text scores for each term alone."""
        return self._weights

    def scores(self, queries: Sequence[Sequence[str]]) -> Floats:
        """``(q, n)`` scores of the texts for queries given as words; higher is better, 0 is no word shared."""
        rows, columns = [], []
        for row, words in enumerate(queries):
            terms = {term for word in words for term in query_terms(word, self._statistics.language)}
            known = [self._columns[term] for term in terms if term in self._columns]
            rows += [row] * len(known)
            columns += known
        from scipy import sparse

        asked = sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(len(queries), len(self._columns)))
        return np.asarray((asked @ self._weights.T).toarray(), np.float32)
