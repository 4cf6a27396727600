"""Pseudo-queries that words and meaning can be weighed with, made of some profiles held back.

A query cut from a text shares all its words with it, and would make words seem better than they are; one without any shared
word would make them worthless. So each profile is taken apart: what one part says must find the other part, among the
other parts of all the profiles. Titles stand for what people type, halves of texts for what they paste; from these the
words that few profiles have are removed, since names and places would give the other half away.
"""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from profilesearch.embedding import Encoder
from profilesearch.row import Row
from profilesearch.words.bm25 import Bm25
from profilesearch.words.fusion_calibration import AskedWay, Kind
from profilesearch.words.statistics import TermStatistics
from profilesearch.words.stemming import indexed_words
from profilesearch.words.titles import folded_title, titles_of

_LEAST_WORDS = 6
"""Words of a part that says something."""

_RARE = 0.01
"""Words that at most this share of the profiles have are taken from a pasted text."""

_SENTENCE = re.compile(r"(?<=[.!?;])\s+|(?<=[。！？；])|\n+")
_CLAUSE = re.compile(r",\s+|[，、]")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Parts:
    """One part of each profile as queries, the other as documents.

    Attributes:
        name: what the queries are.
        kind: whether they are like typed ones or like long texts.
        queries: ``q`` texts.
        documents: ``n`` texts.
        relevant: ``(q, n)`` whose document a query should find.
    """

    name: str
    kind: Kind
    queries: list[str]
    documents: list[str]
    relevant: npt.NDArray[np.bool_]

    def asked(self, statistics: TermStatistics, encoder: Encoder) -> AskedWay:
        """What both sides give them for scores."""
        words = [statistics.select(query) for query in self.queries]
        references = np.array([statistics.reference_score(terms) for terms in words])
        cosines = encoder.encode_queries(self.queries) @ encoder.encode_documents(self.documents).T
        bm25 = Bm25(statistics, self.documents).scores(words)
        return AskedWay(self.name, self.kind, bm25, references, cosines, self.relevant)


def parted(rows: Sequence[Row], statistics: TermStatistics) -> list[Parts]:
    """Titles against the texts without their headlines, and halves of these against the other halves.

    Ways that too few profiles can be asked in are still given; a text that is nothing but its headline cannot be.
    """
    bodies = [(row, _body(row)) for row in rows]
    bodies = [(row, body) for row, body in bodies if len(indexed_words(body, statistics.language)) >= _LEAST_WORDS]
    return [part for part in (_titles(bodies), _halves([body for _, body in bodies], statistics)) if part.queries]


def _body(row: Row) -> str:
    return row.text.replace(row.title, "", 1).strip(" .\n")


def _titles(bodies: Sequence[tuple[Row, str]]) -> Parts:
    titles = [(titles_of(row.title) or (folded_title(row.title),))[0] for row, _ in bodies]
    queries = list(dict.fromkeys(filter(None, titles)))
    relevant = np.array([[title == query for title in titles] for query in queries], np.bool_)
    return Parts("titles", "typed", queries, [body for _, body in bodies], relevant)


def _halves(bodies: Sequence[str], statistics: TermStatistics) -> Parts:
    pairs = []
    for number, body in enumerate(bodies):
        sentences = [part for part in _SENTENCE.split(body) if part.strip()]
        if len(sentences) < 2:
            sentences = [part for part in _CLAUSE.split(body) if part.strip()]
        random.Random(number).shuffle(sentences)
        half = len(sentences) // 2
        query, document = _without_rare(" ".join(sentences[:half]), statistics), " ".join(sentences[half:])
        if len(indexed_words(query, statistics.language)) >= _LEAST_WORDS:
            pairs.append((query, document))
    return Parts(
        "halves of texts", "text", [q for q, _ in pairs], [d for _, d in pairs], np.eye(len(pairs), dtype=np.bool_)
    )


def _without_rare(text: str, statistics: TermStatistics) -> str:
    least = _RARE * statistics.documents

    def kept(match: re.Match[str]) -> str:
        words = indexed_words(match[0], statistics.language)
        return match[0] if all(count > least for count in statistics.documents_with(words)) else ""

    return " ".join(_WORD.sub(kept, text).split())
