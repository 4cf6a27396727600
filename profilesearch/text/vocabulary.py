"""The words and phrases that an index knows, and what a text that fits nobody may mean by them.

Typing errors are undone with the index's own words; abbreviations are the initials of its values ("SRE" of "site
reliability engineer") and those that a list adds.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from ..tags import fold_tag

_WORD = re.compile(r"[^\W\d_]+")
_LONGEST_TEXT = 200
"""Characters of a text that is corrected: longer ones have more words that no list of values knows."""

_LEAST_CORRECTED = 4
"""Letters of a word that may be mistyped; among shorter ones nearly every word resembles another."""

_MOST_LETTERS = 5
"""Letters of an abbreviation, at the most."""

_MOST_MEANINGS = 5


class Vocabulary:
    """What an index knows.

    Args:
        values: values that profiles have, such as roles, and how many have each.
        abbreviations: further abbreviations, and what each may mean.
    """

    def __init__(self, values: Mapping[str, int], abbreviations: Mapping[str, Sequence[str]] | None = None) -> None:
        self._words: Counter[str] = Counter()
        self._initials: dict[str, Counter[str]] = {}
        for value, count in values.items():
            words = _words(value)
            self._words.update(dict.fromkeys(words, count))
            if 1 < len(words) <= _MOST_LETTERS:
                initials = "".join(word[0] for word in words)
                self._initials.setdefault(initials, Counter())[value] += count
        self._letters = {word: _letters(word) for word in self._words}
        self._listed = {fold_tag(short): list(meanings) for short, meanings in (abbreviations or {}).items()}

    def knows(self, word: str) -> bool:
        """Whether some value has the word."""
        return fold_tag(word) in self._words

    def corrected(self, text: str) -> str | None:
        """The text with each word that the index does not know replaced by the nearest that it knows; None if none was."""
        if len(text) > _LONGEST_TEXT:
            return None
        better = _WORD.sub(lambda match: self._nearest(match[0]) or match[0], text)
        return better if better != text else None

    def _nearest(self, word: str) -> str | None:
        folded = fold_tag(word)
        if len(folded) < _LEAST_CORRECTED or folded in self._words:
            return None
        allowed = 1 if len(folded) < 8 else 2
        letters = _letters(folded)
        near = [
            (distance(folded, known, allowed), -self._words[known], known)
            for known, others in self._letters.items()
            if (letters ^ others).bit_count() <= 2 * allowed  # which costs little, and leaves few to compare
        ]
        best = min((each for each in near if each[0] <= allowed), default=None)
        return None if best is None or len(best[2]) < _LEAST_CORRECTED else best[2]

    def meanings(self, text: str) -> list[tuple[str, list[str]]]:
        """The abbreviations in a text, each with what it may mean, most frequent first."""
        abbreviations = []
        for word in dict.fromkeys(match[0] for match in _WORD.finditer(text[:_LONGEST_TEXT])):
            short = fold_tag(word)
            if len(short) > _MOST_LETTERS or (self.knows(short) and short not in self._listed):
                continue
            learned = [value for value, _ in self._initials.get(short, Counter()).most_common(_MOST_MEANINGS)]
            if meanings := list(dict.fromkeys((*self._listed.get(short, ()), *learned)))[:_MOST_MEANINGS]:
                abbreviations.append((word, meanings))
        return abbreviations


def with_meaning(text: str, abbreviation: str, meaning: str) -> str:
    """The text with an abbreviation written out."""
    return re.sub(rf"(?<!\w){re.escape(abbreviation)}(?!\w)", lambda _: meaning, text)


def _letters(word: str) -> int:
    """The letters of a word as bits, some of which share one; a change to a word changes two of them at the most."""
    bits = 0
    for letter in word:
        bits |= 1 << (ord(letter) & 63)
    return bits


def _words(value: str) -> list[str]:
    return [fold_tag(match[0]) for match in _WORD.finditer(value)]


def distance(one: str, other: str, most: int) -> int:
    """Letters to add, leave out, change or swap with the next (Damerau 1964), ``most + 1`` if there are more than ``most``.

    Source: the optimal string alignment of https://doi.org/10.1145/363958.363994
    """
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, 1):
        below = list(_row(at, letter, one, other, row, before))
        before, row = row, below
        if min(row) > most:
            return most + 1
    return min(row[-1], most + 1)


def _row(at: int, letter: str, one: str, other: str, row: Sequence[int], before: Sequence[int]) -> Iterator[int]:
    left = at
    yield left
    for place, there in enumerate(other, 1):
        left = min(row[place] + 1, left + 1, row[place - 1] + (letter != there))
        if at > 1 and place > 1 and letter == other[place - 2] and one[at - 2] == there:
            left = min(left, before[place - 2] + 1)
        yield left
