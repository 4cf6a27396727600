"""The languages of texts: names as the Query Engine has them, stems, and words of Chinese.

Source: https://redis.io/docs/latest/develop/ai/search-and-query/advanced-concepts/stemming/
"""

import snowballstemmer

CHINESE = "chinese"

LANGUAGES = frozenset(
    "arabic armenian basque catalan danish dutch english finnish french german greek hindi hungarian indonesian irish "
    "italian lithuanian nepali norwegian portuguese romanian russian serbian spanish swedish tamil turkish yiddish "
    "chinese".split()
)

_LONGEST_STEMMED = 128
_MOST_REMEMBERED = 200_000


class Stemmer:
    """Stems of one language (Snowball, https://snowballstem.org), remembered; a Chinese word is its own."""

    def __init__(self, language: str) -> None:
        self._algorithm = None if language == CHINESE else snowballstemmer.stemmer(language)
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
