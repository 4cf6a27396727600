"""What a user asks for, and what is no request."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ..errors import InvalidRequest
from ..fields import Fields
from ..names import TEXT_LANGUAGE
from ..tags import clean_tag, fold_tag

LONGEST_QUERY = 8000
"""Characters that a query may have."""

MOST_FILTER_VALUES = 100
"""Values that the filters of a request may have together; clusters picked by hand count too."""

LONGEST_FILTER_VALUE = 500
"""Characters that one of them may have, and the id in ``like``."""

MOST_RESULTS = 200
"""How deep results go: ``offset + k`` at the most."""

DEFAULT_K = 30

Mode = Literal["predicted", "auto", "off", "picked"]

By = Literal["hybrid", "meaning", "words"]
"""What profiles are ranked by: their words and what they mean together, or one of the two."""


@dataclass(frozen=True)
class SearchRequest:
    """What a user asks for.

    Attributes:
        query: the text; empty if ``like`` says what to look for.
        like: the id of a profile that results should be like.
        k: results on this page.
        offset: results before this page, in a list that is the same for every page.
        mode: ``auto`` searches the query's own cluster and as many of the next as ``target_recall`` needs, ``predicted``
            its own alone, ``off`` everything, ``picked`` the clusters in ``picked``.
        probes: with ``predicted`` and ``auto``, search so many of the nearest clusters instead.
        by: what to rank by; people like somebody are found by meaning, whatever this says.
        rerank: the name of a reranker that looks at the first candidates; none if empty.
        diversity: from 0, the best whatever they are like, to 1, people as different as can be after the best.
        target_recall: with ``auto``, the share of the true nearest neighbours to find, above 0 and up to 1.
        tags: for each field, the values of which a profile must have one, or all.
        parts: the parts of a long text to search for, as :mod:`..text.reading` numbers them; by default those that ask.
        language: the ISO 639-1 code of the language that the text is in, where profiles are in several; found out if empty.
        every: the fields of which a profile must have all values.
        names: for a value in lower case, the other names under which a profile may have it.
        numbers: for each field, the least and the greatest value, either of which may be open.
    """

    query: str
    k: int = DEFAULT_K
    offset: int = 0
    mode: Mode = "auto"
    picked: tuple[int, ...] = ()
    probes: int | None = None
    target_recall: float = 0.95
    by: By = "hybrid"
    rerank: str = ""
    diversity: float = 0.0
    like: str = ""
    tags: Mapping[str, Sequence[str]] = field(default_factory=dict)
    numbers: Mapping[str, tuple[float | None, float | None]] = field(default_factory=dict)
    parts: frozenset[int] = frozenset()
    every: frozenset[str] = frozenset()
    names: Mapping[str, Sequence[str]] = field(default_factory=dict)
    language: str = ""

    def __post_init__(self) -> None:
        if not self.query.strip() and not self.like:
            raise InvalidRequest("q", "q: expected a text to search for, got nothing")
        if self.query.strip() and self.like:
            raise InvalidRequest("like", "like: expected either q or like, got both")
        if len(self.query) > LONGEST_QUERY:
            raise InvalidRequest("q", f"q: expected at most {LONGEST_QUERY} characters, got {len(self.query)}")
        try:
            self.query.encode()
        except UnicodeEncodeError:
            raise InvalidRequest("q", "q: expected a text, got half of a character (a lone surrogate)") from None
        self._check_bounds()
        if not 1 <= self.k <= MOST_RESULTS:
            raise InvalidRequest("k", f"k: expected a number from 1 to {MOST_RESULTS}, got {self.k}")
        if not 0 <= self.offset <= MOST_RESULTS - self.k:
            raise InvalidRequest(
                "offset", f"offset: expected 0 to {MOST_RESULTS - self.k} for k={self.k}, got {self.offset}"
            )
        if self.probes is not None and self.probes < 1:
            raise InvalidRequest("probes", f"probes: expected 1 or more, got {self.probes}")
        if not 0 <= self.diversity <= 1:
            raise InvalidRequest("diversity", f"diversity: expected a number from 0 to 1, got {self.diversity:g}")
        if not 0 < self.target_recall <= 1:
            raise InvalidRequest(
                "target_recall", f"target_recall: expected a number above 0 and up to 1, got {self.target_recall:g}"
            )

    def _check_bounds(self) -> None:
        """What is sent to Redis for every request is bounded, whatever is asked for."""
        if len(self.like) > LONGEST_FILTER_VALUE:
            raise InvalidRequest(
                "like", f"like: expected at most {LONGEST_FILTER_VALUE} characters, got {len(self.like)}"
            )
        if len(self.picked) > MOST_FILTER_VALUES:
            raise InvalidRequest(
                "cluster", f"cluster: expected at most {MOST_FILTER_VALUES} numbers, got {len(self.picked)}"
            )
        count = 0
        for name, values in self.tags.items():
            count += len(values)
            if count > MOST_FILTER_VALUES:
                raise InvalidRequest(
                    name, f"{name}: expected at most {MOST_FILTER_VALUES} filter values in all, got {count} or more"
                )
            longest = max(map(len, values), default=0)
            if longest > LONGEST_FILTER_VALUE:
                raise InvalidRequest(
                    name, f"{name}: expected at most {LONGEST_FILTER_VALUE} characters in a value, got {longest}"
                )

    def names_of(self, value: str) -> tuple[str, ...]:
        """A value that is filtered by, and the other names under which a profile may have it."""
        return (value, *self.names.get(fold_tag(value), ()))

    def check_language(self, languages: Sequence[str]) -> None:
        """Check that the text's language, if it is said, is one of those of a version's profiles.

        Raises:
            InvalidRequest: it is none of them.
        """
        if self.language and self.language not in languages:
            expected = ", ".join(languages) or "nothing, as all profiles are in one language"
            raise InvalidRequest(TEXT_LANGUAGE, f"{TEXT_LANGUAGE}: expected {expected}, got {self.language[:50]!r}")

    def check_fields(self, fields: Fields) -> None:
        """Check that the filters name fields of a version.

        Raises:
            InvalidRequest: one is not there, or a value cannot be one.
        """
        known = ", ".join((*fields.tags, *(f"{name}_min, {name}_max" for name in fields.numbers))) or "none"
        for name in self.every:
            if name not in fields.tags:
                expected = ", ".join(fields.tags) or "nothing, as there are none"
                raise InvalidRequest("every", f"every: expected tag fields ({expected}), got {name[:50]!r}")
        for name in self.tags:
            if name not in fields.tags:
                raise InvalidRequest(name, f"{name}: no such field; fields to filter by: {known}")
            for value in self.tags[name]:
                try:
                    clean_tag(value)
                except ValueError as error:
                    raise InvalidRequest(name, f"{name}: expected a text, got one with {error}") from None
        for name in self.numbers:
            if name not in fields.numbers:
                raise InvalidRequest(name, f"{name}: no such numeric field; fields to filter by: {known}")
