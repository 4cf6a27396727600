"""Which profiles a query may find, and how that is written. Every value in a query is escaped here."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ..collection import PROFILES
from ..tags import clean_tag
from ..words.titles import typed_titles
from .word_syntax import exactly

_PUNCTUATION = frozenset(" \t\n\r\x0b\x0c!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")

EVERYTHING = "*"
"""The filter that admits every profile, as the query language writes it."""


@dataclass(frozen=True)
class Filter:
    """What a profile must be, all of it at once; by default any profile is admitted.

    Attributes:
        clusters: numbers of which its cluster must be one; None if any will do, and nobody passes if there are none.
        tags: for each field, the values of which it must have one; a field without values admits all.
        numbers: for each field, the least and the greatest value, either of which may be open; nobody passes if the least
            is greater.
        phrases: each must stand in its texts, word by word; only versions that index words know any.
        excluded: none of these may.
        all_tags: for each field, lists of values; of each list it must have one.
    """

    clusters: tuple[int, ...] | None = None
    tags: Mapping[str, Sequence[str]] = field(default_factory=dict)
    numbers: Mapping[str, tuple[float | None, float | None]] = field(default_factory=dict)
    phrases: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    all_tags: Mapping[str, Sequence[Sequence[str]]] = field(default_factory=dict)

    def within(self, clusters: Iterable[int] | None) -> "Filter":
        """The same filter in other clusters, or in all of them."""
        return replace(self, clusters=None if clusters is None else tuple(clusters))

    @property
    def reads_texts(self) -> bool:
        """Whether who is admitted depends on words in the texts."""
        return bool(self.phrases or self.excluded)

    def without_words(self) -> "Filter":
        """The same filter, whatever the texts say."""
        return replace(self, phrases=(), excluded=())

    def titled(self, title: str) -> "Filter":
        """The same filter for those who have exactly a title, or one of "Lehrer/Lehrerin"; it is given as it was typed.

        Raises:
            ValueError: nothing is left of the title.
        """
        titles = typed_titles("".join(" " if unicodedata.category(c) in ("Cc", "Cs") else c for c in title))
        if not titles:
            raise ValueError("expected a title, got nothing")
        return replace(self, tags={**self.tags, PROFILES.titles: titles})

    def text(self) -> str:
        """As the query language writes it, :data:`EVERYTHING` if it admits every profile. Every value is escaped.

        Raises:
            ValueError: a tag value cannot be asked for; see :func:`~profilesearch.tags.clean_tag`.
        """
        parts = [] if self.clusters is None else [_any_tag("cluster", map(str, self.clusters))]
        parts += [_any_tag(name, values) for name, values in self.tags.items() if values]
        parts += [_any_tag(name, values) for name, lists in self.all_tags.items() for values in lists if values]
        for name, (low, high) in self.numbers.items():
            if low is not None and high is not None and low > high:  # an error to the Query Engine as one range
                parts += [f"@{name}:[{_bound(low, '')} +inf]", f"@{name}:[-inf {_bound(high, '')}]"]
            elif low is not None or high is not None:
                parts.append(f"@{name}:[{_bound(low, '-inf')} {_bound(high, '+inf')}]")
        parts += filter(None, map(exactly, self.phrases))
        parts += [f"-({asked})" for asked in map(exactly, self.excluded) if asked]
        return f"({' '.join(parts)})" if parts else EVERYTHING


def escape_tag(value: str) -> str:
    """A tag value for use within braces: every ASCII punctuation mark, the underscore too, and space gets a backslash.

    An underscore alone is not a word of the query language, and escaping it changes nothing elsewhere.

    Source: https://redis.io/docs/latest/develop/ai/search-and-query/advanced-concepts/escaping/
    """
    return "".join("\\" + c if c in _PUNCTUATION else c for c in value)


def _any_tag(name: str, values: Iterable[str]) -> str:
    return f"@{name}:{{{'|'.join(escape_tag(clean_tag(value)) for value in values)}}}"


def _bound(value: float | None, otherwise: str) -> str:
    """A number as the query language reads it: every float exactly, and no sign after the e of an exponent."""
    return otherwise if value is None else repr(float(value)).removesuffix(".0").replace("e+", "e")
