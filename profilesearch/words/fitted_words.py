"""What a version knows of its words, made when it is built: it answers what the search asks of a ``WordModel``."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ..arrays import array_from_bytes, array_to_bytes
from .fusion import Floats, WordWeights, combine
from .ranked_lists import Linear
from .regions import RegionWords
from .statistics import TYPED_WORDS, TermStatistics


@dataclass(frozen=True, eq=False)
class FittedWords:
    """Frequencies of words, and how much words count.

    Attributes:
        statistics: in how many profiles a word is.
        weights: as measured on this collection, or the priors.
        regions: where words are at home; None if the version was built without.
        conditions: tag fields whose values, typed alone, say nothing of what somebody does.
    """

    statistics: TermStatistics
    weights: WordWeights
    regions: RegionWords | None = None
    conditions: tuple[str, ...] = ()

    def terms(self, text: str) -> tuple[str, ...]:
        """The words of a text that say most, best first; none if no profile has any."""
        return self.statistics.select(text)

    def in_language(self, language: str) -> "FittedWords":
        """The same, for queries in a language (ISO 639-1)."""
        return replace(self, statistics=self.statistics.in_language(language))

    @staticmethod
    def asks_titles(terms: tuple[str, ...]) -> bool:
        """Whether to look for the terms in titles as well as in texts: for a few words, not for those of a long text.

        In a long text's words, a title's field of its own rewards who has any word of it in a short headline.
        """
        return len(terms) <= TYPED_WORDS

    def fusion(self, terms: tuple[str, ...], window: int) -> Linear:
        """How the list of who has these words, and of who is near in meaning, become one.

        Args:
            terms: as :meth:`terms` gives them.
            window: how many entries of each list count.
        """
        weight = self.weights.of(len(terms))
        reference = self.reference(terms)
        return Linear(weight / reference if reference > 0 else 0.0, 1 - weight, window)

    def reference(self, terms: Iterable[str]) -> float:
        """What a BM25 score is divided by, over all the fields that the terms are asked for in."""
        asked = tuple(terms)
        return self.statistics.reference_score(asked) * (2 if self.asks_titles(asked) else 1)

    def region_scores(self, terms: tuple[str, ...], cosines: npt.NDArray[np.float32]) -> Floats:
        """``(p,)`` scores of the regions around landmarks, by words and meaning as profiles are scored; higher is better.

        Args:
            terms: as :meth:`terms` gives them.
            cosines: ``(p,)`` how near the landmarks are to the text.
        """
        if self.regions is None:
            return np.asarray(cosines, np.float64)
        words = self.regions.scores(terms, self.statistics.language)
        reference = self.statistics.reference_score(terms)
        return combine(words, reference, cosines, self.weights.of(len(terms))).total

    def to_hash(self) -> dict[bytes, bytes]:
        """As hash fields, every array in NumPy's own format."""
        weights = np.array([self.weights.typed, self.weights.text], np.float64)
        regions = {} if self.regions is None else self.regions.to_hash()
        arrays = {b"weights": array_to_bytes(weights)}
        if self.conditions:
            arrays[b"conditions"] = array_to_bytes(np.array(self.conditions, np.str_))
        return {**self.statistics.to_hash(), **arrays, **regions}

    @classmethod
    def from_hash(cls, data: Mapping[bytes, bytes]) -> "FittedWords":
        """Read what :meth:`to_hash` wrote.

        Raises:
            ValueError: a field is missing or holds something else.
        """
        statistics = TermStatistics.from_hash(data)
        try:
            typed, text = map(float, array_from_bytes(data[b"weights"]))
        except KeyError:
            raise ValueError("the statistics of words lack their weights") from None
        except TypeError as error:
            raise ValueError(f"the weights of words: expected two numbers, got something else: {error}") from None
        return cls(statistics, WordWeights(typed, text), RegionWords.from_hash(data), _conditions(data))


def _conditions(data: Mapping[bytes, bytes]) -> tuple[str, ...]:
    if b"conditions" not in data:
        return ()
    fields = array_from_bytes(data[b"conditions"])
    if fields.ndim != 1 or fields.dtype.kind != "U":
        raise ValueError(f"the fields of conditions: expected names, got an array {fields.shape} of {fields.dtype}")
    return tuple(map(str, fields))
