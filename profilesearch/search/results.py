"""What one result says of a person."""

from dataclasses import dataclass

from ..store import Hit


@dataclass(frozen=True)
class WordMatch:
    """What words had to do with a result.

    Attributes:
        score: BM25; higher is better, 0 if it has none of the words. None if it has some, but is not among those with the
            best scores, which alone are told.
        share: the part of the combined score that comes from words, from 0 to 1.
        matched: the words asked for that it has.
        title: its title is the text itself.
    """

    score: float | None
    share: float
    matched: tuple[str, ...]
    title: bool = False


@dataclass(frozen=True)
class Result:
    """One result.

    Attributes:
        rank: from 1, over all pages.
        similarity: higher is nearer; cosine for unit vectors.
        score: what it was ranked by, before any other order was asked for; higher is better, comparable within one answer
            alone.
        words: None if meaning alone was compared.
        label: the name of the hit's cluster.
        weak: the similarity is one that random pairs reach too.
        beyond: it comes from a cluster that was added because the chosen ones held too few.
    """

    rank: int
    hit: Hit
    snippet: str
    similarity: float
    score: float
    words: WordMatch | None
    label: str
    weak: bool
    beyond: bool
