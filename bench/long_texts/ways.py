"""What each way of embedding long texts finds: (cut) their beginnings, (mean) the mean of their windows, (passages) the nearest
of the whole and the windows, as the search has them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from profilesearch.embedding import CachedEncoder, PassageEncoder, WholeTexts
from profilesearch.vectors import Vectors
from profilesearch.words.bm25 import Bm25
from profilesearch.words.statistics import TermStatistics

from ..fusion.collections import Judged
from ..fusion.scores import Floats, Sides, interval, p_value

WEIGHTS = {"typed": 0.05, "text": 0.3}
"""Of words, where a build measures nothing."""


@dataclass(frozen=True, eq=False)
class Measured:
    """One collection.

    Attributes:
        judged: what was asked of what.
        tokens: of a text, on average.
        long: the share of texts that are longer than the model reads.
        read: the share of all tokens that it reads of beginnings alone.
        passages: vectors of passages for each text, on average.
        embedded: tokens that are embedded for each that beginnings alone cost.
        alone: by way, the metric of each query by meaning alone.
        with_words: the same with words, weighed as where nothing is measured.
    """

    judged: Judged
    tokens: float
    long: float
    read: float
    passages: float
    embedded: float
    alone: Mapping[str, Floats]
    with_words: Mapping[str, Floats]

    def rows(self) -> list[list[str]]:
        """A line for each way: quality by meaning alone and with words, each with its p against the beginnings alone."""
        name = f"{self.judged.name}, {self.judged.metric}"
        return [
            [
                name,
                way,
                *_compared(quality, self.alone["cut"]),
                *_compared(self.with_words[way], self.with_words["cut"]),
            ]
            for way, quality in self.alone.items()
        ]


def _compared(values: Floats, others: Floats) -> tuple[str, str]:
    return interval(values), "" if values is others else f"{p_value(values, others):.3f}"


def measure(judged: Judged, encoder: CachedEncoder) -> Measured:
    """Embed a collection in each way, and ask it."""
    texts = [row.text for row in judged.rows]
    cut = encoder.encode_documents(texts)
    whole = PassageEncoder(encoder).encode_passages(texts)
    queries = encoder.encode_queries(judged.queries)
    statistics = TermStatistics.of(texts, judged.language)
    terms = [statistics.select(query) for query in judged.queries]
    references = np.array([statistics.reference_score(each) for each in terms])
    bm25 = Bm25(statistics, texts).scores(terms)
    cosines = {
        "cut": queries @ cut.T,
        "mean": queries @ whole.vectors.T,
        "passages": _nearest(queries, whole),
    }
    ways = {way: Sides(judged, statistics, cut, bm25, references, scores) for way, scores in cosines.items()}
    tokens, limit = np.array(whole.tokens), encoder.token_limit
    beginnings = int(np.minimum(tokens, limit).sum())
    amounts = [len(windows.places) for windows in whole.windows.values()]
    return Measured(
        judged,
        tokens=float(tokens.mean()),
        long=float((tokens > limit).mean()),
        read=beginnings / float(tokens.sum()),
        passages=sum(amounts) / len(texts),
        embedded=_embedded(texts, whole, encoder) / beginnings,
        alone={way: sides.quality(sides.cosines) for way, sides in ways.items()},
        with_words={way: sides.quality(sides.fused(WEIGHTS[judged.kind])) for way, sides in ways.items()},
    )


def _nearest(queries: Vectors, whole: WholeTexts) -> Vectors:
    """``(q, n)`` the best cosine of a text: of the whole, or of a window."""
    best = queries @ whole.vectors.T
    for position, windows in whole.windows.items():
        best[:, position] = np.maximum(best[:, position], (queries @ windows.vectors.T).max(axis=1))
    return best


def _embedded(texts: list[str], whole: WholeTexts, encoder: CachedEncoder) -> int:
    """Tokens that are embedded of whole texts."""
    windows = [place.of(texts[at]) for at, some in whole.windows.items() for place in some.places]
    short = sum(count for at, count in enumerate(whole.tokens) if at not in whole.windows)
    return short + sum(min(count, encoder.token_limit) for count in encoder.count_tokens(windows))
