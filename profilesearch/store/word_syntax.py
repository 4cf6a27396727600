"""How words are written in a query, so that nothing that somebody types can be read as anything else.

Of a text only letters, marks and digits are left, which mean nothing but themselves; words that indexes leave out are left
out here, too.
"""

from ..words.tokens import is_indexed, words_in


def term(text: str) -> str:
    """A word, or several that stand next to each other, for a query; empty if no index holds any of it."""
    words = words_in(text)
    return _escaped(words[0]) if len(words) == 1 and is_indexed(words[0]) else exactly(text)


def exactly(text: str) -> str:
    """Words as they stand, not by their stems, next to each other in this order; empty if no index holds any of them.

    Where stop words are among them, the runs between these are asked for.
    """
    runs: list[list[str]] = [[]]
    for word in words_in(text):
        if is_indexed(word):
            runs[-1].append(_escaped(word))
        elif runs[-1]:
            runs.append([])
    return " ".join(f'"{" ".join(run)}"' for run in runs if run)


def _escaped(word: str) -> str:
    return word.replace("_", "\\_")
