"""The languages of texts: names as the Query Engine has them, stems, and the words of Chinese.

Source: https://redis.io/docs/latest/develop/ai/search-and-query/advanced-concepts/stemming/
"""

import importlib

import snowballstemmer

CHINESE = "chinese"

LANGUAGES = frozenset(
    "arabic armenian basque catalan danish dutch english finnish french german greek hindi hungarian indonesian irish "
    "italian lithuanian nepali norwegian portuguese romanian russian serbian spanish swedish tamil turkish yiddish "
    "chinese".split()
)

_ALGORITHMS = {"dutch": "dutch_porter"}  # Redis has the one that Snowball called dutch before its version 3
_LONGEST_STEMMED = 128
_MOST_REMEMBERED = 200_000


class Stemmer:
    """Stems of one language (Snowball, https://snowballstem.org), remembered; a Chinese word is its own."""

    def __init__(self, language: str) -> None:
        name = _ALGORITHMS.get(language, language)
        self._algorithm = None if language == CHINESE else snowballstemmer.stemmer(name)
        self._stems: dict[bytes, bytes] = {}

    def stem(self, word: bytes) -> bytes:
        """The word's stem; a very long word is its own."""
        if self._algorithm is None or len(word) > _LONGEST_STEMMED:
            return word
        found = self._stems.get(word)
        if found is None:
            if len(self._stems) > _MOST_REMEMBERED:
                self._stems.clear()
            decoded = word.decode(errors="surrogateescape")
            found = self._stems[word] = self._algorithm.stemWord(decoded).encode(errors="surrogateescape")
        return found


_STEMMERS: dict[str, Stemmer] = {}


def stemmer(language: str) -> Stemmer:
    """The stemmer of a language of ``LANGUAGES``, made once."""
    if language not in _STEMMERS:
        _STEMMERS[language] = Stemmer(language)
    return _STEMMERS[language]


def chinese_words(text: str) -> list[str]:
    """The pieces of a Chinese text by dictionary, punctuation and spaces among them; joined they are the text.

    The dictionary is jieba's, where Redis has friso's (https://github.com/lionsoul2014/friso): the two agree on most
    words and not on all. It is read when a text is Chinese for the first time.
    """
    try:
        cut: list[str] = importlib.import_module("rjieba").cut(text, False)
    except UnicodeEncodeError:  # bytes that are no text
        return [text]
    return cut
