"""The words and phrases that an index knows, and what a text may mean by them.

Typing errors are undone with the index's own words: those of its values, and those of its texts, of which no list is kept
but which can be asked how frequent a word is. Abbreviations are the initials of its values ("SRE" of "site reliability
engineer") and those that a list adds; names of jobs in other languages come from that list alone.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from rapidfuzz import process
from rapidfuzz.distance import OSA

from ..tags import fold_tag
from .role_names import RoleNames, Roles


class WordCounts(Protocol):
    """The words of an index's texts, all in lower case."""

    def kept_frequencies(self, terms: Sequence[str]) -> Sequence[int]:
        """For each of some words how many texts have it."""

    def has(self, word: str) -> bool:
        """Whether a text has a word, or another form of it."""


_WORD = re.compile(r"[^\W\d_]+")
_LONGEST_TEXT = 200
"""Characters of a text that is corrected: longer ones have more words that no list of values knows."""

LEAST_CORRECTED = 4
"""Letters of a word that may be mistyped; among shorter ones nearly every word resembles another."""

_LONGEST_CORRECTED = 32
"""Letters of such a word; what is longer is hardly typed."""

_MOST_CORRECTED = 8
"""Words of a text that are looked at: those that the index does not know."""

_LEAST_TEXTS = 2
"""Texts that have what a word is corrected to: what one person alone writes may be an error itself."""

_MOST_ALPHABET = 64
"""Different letters that a correction may bring in: more than any alphabet has that words are typed in."""

_LEAST_FOR_TWO = 8
"""Letters of a word in which two may be wrong."""

_LATIN = "abcdefghijklmnopqrstuvwxyz"

_MOST_LETTERS = 5
"""Letters of an abbreviation, at the most."""

_MOST_MEANINGS = 5


@dataclass(frozen=True)
class Meaning:
    """What a word or a phrase of a text may mean, in the index's own words.

    Attributes:
        name: as it stands in the text.
        meanings: most likely first; at least one.
        language: the ISO 639-1 code of the language that the name is in; None for an abbreviation.
    """

    name: str
    meanings: tuple[str, ...]
    language: str | None = None


class Vocabulary:
    """What an index knows.

    Args:
        values: values that profiles have, such as roles, and how many have each.
        abbreviations: further abbreviations, and what each may mean.
        roles: what jobs are called in several languages.
    """

    def __init__(
        self,
        values: Mapping[str, int],
        abbreviations: Mapping[str, Sequence[str]] | None = None,
        roles: Roles = (),
    ) -> None:
        self._words: Counter[str] = Counter()
        self._initials: dict[str, Counter[str]] = {}
        for value, count in values.items():
            words = _words(value)
            self._words.update(dict.fromkeys(words, count))
            if 1 < len(words) <= _MOST_LETTERS:
                initials = "".join(word[0] for word in words)
                self._initials.setdefault(initials, Counter())[value] += count
        self._correct = [word for word in self._words if len(word) >= LEAST_CORRECTED]
        self._listed = {fold_tag(short): list(meanings) for short, meanings in (abbreviations or {}).items()}
        self._roles = RoleNames(roles)
        letters = Counter("".join(self._words)) + Counter(_LATIN)
        self._alphabet = tuple(letter for letter, _ in letters.most_common(_MOST_ALPHABET))

    def knows(self, word: str) -> bool:
        """Whether some value has the word."""
        return fold_tag(word) in self._words

    def corrected(self, text: str, texts: WordCounts | None = None, least: int = LEAST_CORRECTED) -> str | None:
        """The text with each word that the index does not know replaced by the nearest that it knows; None if none was.

        Args:
            text: long ones are left as they are.
            texts: the words of the index's texts, where it knows them.
            least: letters of a word that may be mistyped.
        """
        if len(text) > _LONGEST_TEXT:
            return None
        words = dict.fromkeys(match[0] for match in _WORD.finditer(text))
        unknown = [word for word in words if len(word) >= least and self._may_be_mistyped(fold_tag(word), texts)][
            :_MOST_CORRECTED
        ]
        nearest = {word: _spelt_like(word, self._nearest(fold_tag(word), texts)) for word in unknown}
        better = _WORD.sub(lambda match: nearest.get(match[0], match[0]), text)
        return better if better != text else None

    def _may_be_mistyped(self, word: str, texts: WordCounts | None) -> bool:
        if len(word) > _LONGEST_CORRECTED or word in self._words:
            return False
        return texts is None or not any(texts.kept_frequencies([word]))

    def _nearest(self, word: str, texts: WordCounts | None) -> str:
        """Of the words of values within one or two changes, and those of texts within one, the nearest and most frequent.

        Changes are letters more, less or another, or two that changed places (Damerau 1964), each letter changed once:
        https://doi.org/10.1145/363958.363994. A word is as good as another that differs by an ending alone; it is the
        nearest itself where there is no better one.
        """
        most = 1 if len(word) < _LEAST_FOR_TWO else 2
        near = process.extract(word, self._correct, scorer=OSA.distance, score_cutoff=most, limit=None)
        choices = [(changes, -self._words[known], known) for known, changes, _ in near]
        if texts is not None:
            edits = [each for each in _one_edit(word, self._alphabet) if len(each) >= LEAST_CORRECTED]
            counts = zip(edits, texts.kept_frequencies(edits), strict=True)
            choices += [(1, -count, known) for known, count in counts if count >= _LEAST_TEXTS]
            if texts.has(word):
                choices = [choice for choice in choices if not _ends_otherwise(word, choice[2])]
        return min(choices, default=(0, 0, word))[2]

    def meanings(self, text: str, texts: WordCounts | None = None) -> list[Meaning]:
        """The abbreviations in a text, and the jobs' names of other languages, each with what it may mean.

        Args:
            text: what it begins with is looked at.
            texts: the words of the index's texts, where it knows them.
        """
        text = text[:_LONGEST_TEXT]
        words = dict.fromkeys(match[0] for match in _WORD.finditer(text))
        abbreviations = [Meaning(word, meanings) for word in words if (meanings := self._written_out(word))]
        return abbreviations + self._translated(text, texts)

    def _written_out(self, word: str) -> tuple[str, ...]:
        short = fold_tag(word)
        if len(short) > _MOST_LETTERS or (self.knows(short) and short not in self._listed):
            return ()
        learned = [value for value, _ in self._initials.get(short, Counter()).most_common(_MOST_MEANINGS)]
        return tuple(dict.fromkeys((*self._listed.get(short, ()), *learned)))[:_MOST_MEANINGS]

    def _translated(self, text: str, texts: WordCounts | None) -> list[Meaning]:
        meanings = []
        for role in self._roles.find(text):
            if self._has(role.name, texts):
                continue
            others = [other for other in role.others if self._has(other, texts)][:_MOST_MEANINGS]
            if others:
                meanings.append(Meaning(role.name, tuple(others), role.language))
        return meanings

    def _has(self, phrase: str, texts: WordCounts | None) -> bool:
        """Whether the index has all words of a phrase."""
        return all(word in self._words or (texts is not None and texts.has(word)) for word in _words(phrase))


def with_meaning(text: str, abbreviation: str, meaning: str) -> str:
    """The text with an abbreviation written out."""
    return re.sub(rf"(?<!\w){re.escape(abbreviation)}(?!\w)", lambda _: meaning, text)


def _one_edit(word: str, letters: Iterable[str]) -> list[str]:
    """All that one change makes of a word: a letter more, less or another, or two that changed places."""
    parts = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    letters = tuple(letters)
    edits = {left + right[1:] for left, right in parts if right}
    edits |= {left + right[1] + right[0] + right[2:] for left, right in parts if len(right) > 1}
    edits |= {left + letter + right[more:] for left, right in parts for letter in letters for more in (0, 1)}
    return sorted(edits - {word})


def _ends_otherwise(one: str, other: str) -> bool:
    """Whether two words differ in what one has more at its end, or in their last letter."""
    return one.startswith(other) or other.startswith(one) or one[:-1] == other[:-1]


def _spelt_like(word: str, other: str) -> str:
    """Another word with a capital where a word has one, or in capitals."""
    if word.isupper():
        return other.upper()
    return other.capitalize() if word[0].isupper() else other


def _words(value: str) -> list[str]:
    return [fold_tag(match[0]) for match in _WORD.finditer(value)]
