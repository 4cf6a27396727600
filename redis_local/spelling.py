"""FT.SPELLCHECK: words of an index, and of dictionaries, that are like the words of a query.

Source: https://redis.io/docs/latest/develop/ai/search-and-query/advanced-concepts/spellcheck/
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from .index import Index
from .query.nodes import Node, Param, Phrase, Term, walk
from .query.parser import parse
from .query_options import QueryOptions

MAX_DISTANCE = 4
"""Letters to add, to leave out, to change or to swap, at the most."""


@dataclass(frozen=True)
class Dictionaries:
    """Words to suggest besides the index's, and words that are never suggested."""

    include: frozenset[str] = frozenset()
    exclude: frozenset[str] = frozenset()

    def with_words(self, words: Iterable[str], *, include: bool) -> "Dictionaries":
        """With further words to suggest or not to suggest."""
        if include:
            return replace(self, include=self.include.union(words))
        return replace(self, exclude=self.exclude.union(words))


def corrections(
    index: Index, options: QueryOptions, distance: int, dictionaries: Dictionaries
) -> list[tuple[str, list[tuple[float, str]]]]:
    """For each word of the query that the index lacks, what it may stand for, best first.

    Returns:
        Words with pairs of a score and a suggestion: the share of documents that have it, 0 for one of a dictionary.

    Raises:
        CommandError: the query is wrong.
    """
    documents, vocabulary = len(index), index.vocabulary
    counts = {
        word.decode(errors="replace"): int(vocabulary.documents[number])
        for number, word in enumerate(vocabulary.words)
        if word[:1] not in (b"+", b"<") and vocabulary.documents[number] > 0
    }
    found = []
    for raw in _words(parse(options.query, options.dialect, frozenset())):
        word = raw.decode(errors="replace")
        if word in counts:
            continue
        likes = {each: counts[each] / documents for each in counts if _alike(word, each, distance)}
        likes = {each: 0.0 for each in dictionaries.include if _alike(word, each.lower(), distance)} | likes
        suggestions = [(score, each) for each, score in likes.items() if each not in dictionaries.exclude]
        found.append((word, sorted(suggestions, key=lambda pair: (-pair[0], pair[1]))))
    return found


def _words(query: Node) -> Iterable[bytes]:
    for node in walk(query):
        if isinstance(node, Term) and not isinstance(node.word, Param):
            yield node.word
        elif isinstance(node, Phrase):
            yield from (word for word in node.words if not isinstance(word, Param))


def _alike(word: str, other: str, most: int) -> bool:
    """Whether one becomes the other with so many letters added, left out, changed or swapped with the next (Damerau and
    Levenshtein's distance, in its restricted form).
    """
    if abs(len(word) - len(other)) > most:
        return False
    last, row = list[int](), list(range(len(other) + 1))
    for i, letter in enumerate(word, 1):
        before_last, last, row = last, row, [i]
        for j, also in enumerate(other, 1):
            row.append(min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter != also)))
            if i > 1 and j > 1 and letter == other[j - 2] and also == word[i - 2]:
                row[j] = min(row[j], before_last[j - 2] + 1)
        if min(row) > most and min(last) > most:
            return False
    return row[-1] <= most
