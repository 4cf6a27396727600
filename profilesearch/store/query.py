"""What is asked of a version, and what it answers; how that is written for Redis is in :mod:`.command`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from ..passages import Place
from ..vector_type import VectorType, pack
from ..vectors import Vectors
from ..words.ranked_lists import Fusion
from .filter import Filter


@dataclass(frozen=True)
class KnnQuery:
    """The ``k`` profiles that are nearest to a vector, among those that a filter admits.

    Attributes:
        vector: ``(dim,)`` float32.
        ef_runtime: how many candidates HNSW examines; None for the index's own number. FLAT takes none.
        type: of the index's numbers.
    """

    vector: Vectors
    k: int
    filter: Filter = field(default_factory=Filter)
    ef_runtime: int | None = None
    type: VectorType = "float32"

    @property
    def data(self) -> bytes:
        """The vector as the index holds its own."""
        return pack(self.vector, self.type).tobytes()


@dataclass(frozen=True)
class WordQuery:
    """The ``k`` profiles whose texts have most of some terms, among those that a filter admits.

    Attributes:
        terms: words, or several that stand next to each other. A profile must have one; each that it has raises its score
            (BM25), a rare one more than a frequent one. They must hold something that an index holds.
        fields: the fields that are looked at; all whose words are indexed if none is named.
        language: in which the terms are stemmed, as the Query Engine names it; empty for that of the index.
    """

    terms: tuple[str, ...]
    k: int
    filter: Filter = field(default_factory=Filter)
    fields: tuple[str, ...] = ()
    language: str = ""


@dataclass(frozen=True)
class HybridQuery:
    """The profiles that both lists find, or one of them, as one list.

    Attributes:
        near: who is near in meaning.
        words: who has the words; its filter is that of ``near``.
        fusion: how the two become one list.
    """

    near: KnnQuery
    words: WordQuery
    fusion: Fusion


Query = KnnQuery | WordQuery | HybridQuery


class Candidate(NamedTuple):
    """A profile that a query ranked: its id, and its score.

    Of a KNN query the score is the distance as Redis gives it, of which lower is better.

    Attributes:
        passage: the number of the passage that is nearest; 0 if the whole text is, or words alone were compared.
    """

    id: str
    score: float
    higher_is_better: bool = False
    passage: int = 0


@dataclass(frozen=True)
class Hit:
    """One profile that was read, with the score of the candidate it was read for.

    Attributes:
        passage: the place in the text of the passage that is nearest; None if the whole text is.
        cluster: of its whole text.
        passage_cluster: of that passage.
        language: of its texts, as the Query Engine names it; None for that of the index.
    """

    id: str
    score: float
    title: str
    text: str
    cluster: int
    tags: Mapping[str, tuple[str, ...]]
    numbers: Mapping[str, float]
    passage: Place | None = None
    passage_cluster: int | None = None
    language: str | None = None

    @property
    def found_in(self) -> int:
        """The cluster of what was nearest: of the passage, or of the whole text."""
        return self.cluster if self.passage_cluster is None else self.passage_cluster

    @property
    def words(self) -> str:
        """All that is searched by words: the title and the text."""
        return f"{self.title}\n{self.text}"
