"""What one result says of a person."""

from dataclasses import dataclass

from ..store import Hit


@dataclass(frozen=True)
class Result:
    """One result.

    Attributes:
        rank: from 1, over all pages.
        similarity: higher is nearer; cosine for unit vectors.
        label: the name of the hit's cluster.
        weak: the similarity is one that random pairs reach too.
        beyond: it comes from a cluster that was added because the chosen ones held too few.
    """

    rank: int
    hit: Hit
    snippet: str
    similarity: float
    label: str
    weak: bool
    beyond: bool
