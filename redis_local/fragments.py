"""HIGHLIGHT and SUMMARIZE: the words found in a text marked, and the text around them cut out.

Matches that are at most eight words apart make one fragment. Fragments with the most different words are chosen, the first
among equals, and shown in the text's order with words before and after them, for which Redis reckons six bytes each.

Source: https://redis.io/docs/latest/develop/ai/search-and-query/advanced-concepts/highlight/
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from .columns import TextColumn, fold
from .columns.texts import TOKEN
from .languages import CHINESE, chinese_words

_FARTHEST = 8
_WORD_BYTES = 6
_SEPARATOR = re.compile(rb"[\x00-\x20!-/:-@\[-^`{-\x7f]")


@dataclass(frozen=True)
class Highlight:
    """What stands before and after each word found; ``fields`` is None for every field."""

    fields: tuple[bytes, ...] | None = None
    before: bytes = b"<b>"
    after: bytes = b"</b>"


@dataclass(frozen=True)
class Summarize:
    """How many fragments of about how many words, and what stands behind each; ``fields`` is None for every field."""

    fields: tuple[bytes, ...] | None = None
    fragments: int = 3
    words: int = 20
    separator: bytes = b"... "


@dataclass
class _Fragment:
    """From the first of some matches that are close to each other to the last."""

    start: int
    end: int
    words: int
    matches: list[tuple[int, int, bytes]] = field(default_factory=list)

    @property
    def score(self) -> int:
        """How many different words it has."""
        return len({word for _, _, word in self.matches})


def _tokens(text: bytes, language: str) -> Iterator[tuple[int, int]]:
    """Where each word of a text begins and ends."""
    if language != CHINESE:
        for match in TOKEN.finditer(text):
            yield match.span()
        return
    start = 0
    for piece in chinese_words(text.decode(errors="surrogateescape")):
        end = start + len(piece.encode(errors="surrogateescape"))
        if any(map(str.isalnum, piece)):
            yield start, end
        start = end


def _fragments(text: bytes, column: TextColumn, language: str, words: frozenset[bytes]) -> list[_Fragment]:
    found: list[_Fragment] = []
    position, last = -1, 0
    for start, end in _tokens(text, language):
        word = fold(text[start:end])
        if word in column.vocabulary.stopwords:
            continue
        position += 1
        if word not in words:
            continue
        if found and position - last <= _FARTHEST:
            found[-1].end = end
            found[-1].words += position - last
        else:
            found.append(_Fragment(start, end, 1))
        found[-1].matches.append((start, end, word))
        last = position
    return found


@dataclass(frozen=True)
class Excerpts:
    """Texts as a search shows them.

    Attributes:
        words: for each text field the words that the search found.
        language: of the texts.
    """

    highlight: Highlight | None
    summarize: Summarize | None
    words: Callable[[TextColumn], frozenset[bytes]]
    language: str

    def shown(self, name: bytes, column: TextColumn | None, text: bytes) -> bytes:
        """A field's text with its words marked, cut, or both, as far as the options say so of this field."""
        marked = self.highlight if self.highlight and _names(self.highlight.fields, name) else None
        cut = self.summarize if self.summarize and _names(self.summarize.fields, name) else None
        if marked is None and cut is None:
            return text
        fragments = [] if column is None else _fragments(text, column, self.language, self.words(column))
        if cut is None:
            return _marked(text, 0, len(text), [each for part in fragments for each in part.matches], marked)
        if not fragments:
            return _beginning(text, cut)
        return _cut(text, fragments, cut, marked)


def _names(fields: tuple[bytes, ...] | None, name: bytes) -> bool:
    return fields is None or name in fields


def _marked(
    text: bytes, start: int, end: int, matches: Sequence[tuple[int, int, bytes]], tags: Highlight | None
) -> bytes:
    if tags is None:
        return text[start:end]
    parts, last = [], start
    for first, after, _ in matches:
        parts += [text[last:first], tags.before, text[first:after], tags.after]
        last = after
    return b"".join([*parts, text[last:end]])


def _beginning(text: bytes, cut: Summarize) -> bytes:
    """What stands for a text in which nothing was found."""
    size = min(len(text), cut.words * cut.fragments * _WORD_BYTES + _WORD_BYTES)
    while size > 1 and not _SEPARATOR.match(text, size - 1):
        size -= 1
    return text[:size].rstrip()


def _cut(text: bytes, fragments: list[_Fragment], cut: Summarize, tags: Highlight | None) -> bytes:
    best = sorted(range(len(fragments)), key=lambda at: (-fragments[at].score, at))[: cut.fragments]
    parts = []
    for at in sorted(best):
        fragment = fragments[at]
        least = fragments[at - 1].end if at else 0
        most = fragments[at + 1].start if at + 1 < len(fragments) else len(text) - 1
        start, end = _context(text, fragment, cut.words, least, most)
        parts += [_marked(text, start, end, fragment.matches, tags), cut.separator]
    return b"".join(parts)


def _context(text: bytes, fragment: _Fragment, words: int, least: int, most: int) -> tuple[int, int]:
    """Where a fragment begins and ends together with whole words around it."""
    missing = words - (fragment.words - len(fragment.matches))
    if missing <= 0:
        return fragment.start, fragment.end
    size = missing * _WORD_BYTES // 2
    start = max(least, fragment.start - size)
    while start < fragment.start and not _SEPARATOR.match(text, start):
        start += 1
    while start < fragment.start and _SEPARATOR.match(text, start):
        start += 1
    end = max(fragment.end, min(most, fragment.end + size))
    while end > fragment.end + 1 and not _SEPARATOR.match(text, end):
        end -= 1
    while end > fragment.end + 1 and _SEPARATOR.match(text, end - 1):
        end -= 1
    return start, end
