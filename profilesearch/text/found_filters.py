"""What a text says that could be a filter: values of tag fields, and years of experience.

They are found to be offered, never applied by themselves: "we sell to banks in Berlin" names a city and asks for none.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..tags import fold_tag

_MARKS = "\u0300-\u036f"
"""Accents of decomposed letters: they belong to the word before them."""

_WORD = re.compile(rf"[^\W_]+(?:[{_MARKS}]+[^\W_]*)*(?:\+\+|#)?")
_NO_SPACES = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]")
"""Scripts that write no spaces between words: their values are found anywhere."""

_LEAST_LETTERS = 3
"""A shorter value counts only if it is written as the field writes it: ``IT`` is not ``it``."""

_MOST_YEARS = 60
_WORDS_FOR_NUMBERS = {
    word: number
    for words in (
        "one two three four five six seven eight nine ten eleven twelve",
        "ein zwei drei vier fünf sechs sieben acht neun zehn elf zwölf",
    )
    for number, word in enumerate(words.split(), 1)
}
_NUMBER = rf"(\d{{1,2}}|{'|'.join(_WORDS_FOR_NUMBERS)})"
_UNIT = r"(?:years?|yrs?|jahren?|jahre)\b(?!\s*(?:ago|old|alt)\b)"
_BETWEEN = re.compile(rf"\b{_NUMBER}\s*(?:-|–|to|bis)\s*{_NUMBER}\s*\+?\s*{_UNIT}", re.IGNORECASE)
_AT_MOST = re.compile(
    rf"\b(?:at most|up to|no more than|höchstens|maximal|bis zu)\s+{_NUMBER}\s*{_UNIT}", re.IGNORECASE
)
_AT_LEAST = re.compile(
    rf"\b(?:(?:at least|a minimum of|minimum|min\.?|more than|over|mindestens|mehr als|über|ab)\s+)?{_NUMBER}"
    rf"\s*(?:\+|plus|or more|oder mehr)?\s*{_UNIT}",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class FoundValue:
    """A value of a tag field that a text names, and where: ``text[start:end]``."""

    field: str
    value: str
    start: int
    end: int


@dataclass(frozen=True)
class FoundYears:
    """A range of years that a text names, either end of which may be open, and where."""

    low: int | None
    high: int | None
    start: int
    end: int


_FEW = 8
"""First words of values that are looked for as such, before a text is taken apart."""
_Known = tuple[tuple[str, ...], str, str, str]
"""The words of a value, folded; how it is written; its field; the value."""


class FilterFinder:
    """Finds the values of tag fields in texts; made once for a version.

    Args:
        spellings: for each field, every way to write one of its values, and the value itself.
    """

    def __init__(self, spellings: Mapping[str, Mapping[str, str]]) -> None:
        self._by_first: dict[str, list[_Known]] = {}
        self._anywhere: list[tuple[str, str, str]] = []
        for field, values in spellings.items():
            for spelling, value in values.items():
                self._add(field, spelling, value)
        for known in self._by_first.values():
            known.sort(key=_fewest_words_last)

    def _add(self, field: str, spelling: str, value: str) -> None:
        words = tuple(fold_tag(match[0]) for match in _WORD.finditer(spelling))
        if _NO_SPACES.search(spelling):
            self._anywhere.append((spelling, field, value))
        elif words:
            self._by_first.setdefault(words[0], []).append((words, spelling, field, value))

    def find(self, text: str) -> list[FoundValue]:
        """The values that a text names, in their order, each once; of several at one place the longest."""
        places = sorted([*self._between_spaces(text), *self._without_spaces(text)], key=lambda found: found.start)
        return list({(found.field, found.value): found for found in reversed(places)}.values())[::-1]

    def _between_spaces(self, text: str) -> Iterator[FoundValue]:
        if len(self._by_first) <= _FEW:  # which are looked for in all profiles of a page; most have none of them
            folded = fold_tag(text)
            if not any(first in folded for first in self._by_first):
                return
        matches = list(_WORD.finditer(text))
        words = [word.lower() if word.isascii() else fold_tag(word) for word in (match[0] for match in matches)]
        at = 0
        while at < len(words):
            longest = 0
            for known, spelling, field, value in self._beginning_with(words[at]):
                start, end = matches[at].start(), matches[min(at + len(known), len(matches)) - 1].end()
                if (
                    len(known) >= longest
                    and _is_same(words[at : at + len(known)], known)
                    and _is_meant(text[start:end], spelling)
                ):
                    longest = len(known)
                    yield FoundValue(field, value, start, end)
            at += longest or 1

    def _beginning_with(self, word: str) -> Sequence[_Known]:
        """What may begin with a word, or with the word that it is the plural of; the longest first."""
        known, singular = self._by_first.get(word, ()), self._by_first.get(word[:-1], ()) if word[-1] == "s" else ()
        return sorted([*known, *singular], key=_fewest_words_last) if known and singular else known or singular

    def _without_spaces(self, text: str) -> Iterator[FoundValue]:
        for spelling, field, value in self._anywhere:
            start = text.find(spelling)
            if start >= 0:
                yield FoundValue(field, value, start, start + len(spelling))


def _fewest_words_last(known: _Known) -> int:
    return -len(known[0])


def _is_same(words: Sequence[str], known: Sequence[str]) -> bool:
    """Whether words are those of a value; the last may have a plural's s."""
    return len(words) == len(known) and [*words[:-1]] == [*known[:-1]] and words[-1] in (known[-1], known[-1] + "s")


def _is_meant(written: str, spelling: str) -> bool:
    return written == spelling or len(spelling) >= _LEAST_LETTERS


def find_years(text: str) -> list[FoundYears]:
    """The ranges of years that a text names in English or German, in their order; "5 years" are at least five."""
    found: list[FoundYears] = []
    for pattern in (_BETWEEN, _AT_MOST, _AT_LEAST):
        for match in pattern.finditer(text):
            low, high = _bounds(pattern, match.groups())
            if all(end is None or 0 < end <= _MOST_YEARS for end in (low, high)) and not _overlaps(match, found):
                found.append(FoundYears(low, high, *match.span()))
    return sorted(found, key=lambda years: years.start)


def without_years(text: str) -> str:
    """A text without the ranges of years that it names; the text itself where nothing else is in it.

    A number of years says nothing of what somebody does, and most profiles name one.
    """
    rest = text
    for years in reversed(find_years(text)):
        rest = f"{rest[: years.start]} {rest[years.end :]}"
    return rest if _WORD.search(rest) else text


def _bounds(pattern: re.Pattern[str], numbers: tuple[str, ...]) -> tuple[int | None, int | None]:
    values = sorted(_WORDS_FOR_NUMBERS.get(number.lower()) or int(number) for number in numbers)
    if pattern is _BETWEEN:
        return values[0], values[1]
    return (None, values[0]) if pattern is _AT_MOST else (values[0], None)


def _overlaps(match: re.Match[str], found: Iterable[FoundYears]) -> bool:
    return any(match.start() < other.end and other.start < match.end() for other in found)
