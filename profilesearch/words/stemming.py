"""Words and their stems, as a text field's index has them.

Stems are Snowball's, which Redis uses (https://snowballstem.org). An index in Chinese cuts texts by a dictionary: Redis by
friso's, here and in redis_local it is jieba's, and the two agree on most words. Of every other language, Japanese and Korean
among them, what stands between two spaces or marks is a word.
"""

from functools import lru_cache
from threading import Lock

import snowballstemmer

from .tokens import is_indexed, words_in

LANGUAGES = {
    "ar": "arabic", "ca": "catalan", "da": "danish", "de": "german", "el": "greek", "en": "english", "es": "spanish",
    "eu": "basque", "fi": "finnish", "fr": "french", "hi": "hindi", "hu": "hungarian", "hy": "armenian",
    "id": "indonesian", "it": "italian", "lt": "lithuanian", "ne": "nepali", "nl": "dutch", "no": "norwegian",
    "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian", "sv": "swedish", "ta": "tamil",
    "tr": "turkish", "yi": "yiddish",
}  # fmt: skip
"""Names that Redis and Snowball have for languages, by ISO 639-1 code. Words of other languages keep their endings."""

_CODES = {name: code for code, name in LANGUAGES.items()}
_ALGORITHMS = {"dutch": "dutch_porter"}  # Redis has the one that Snowball called dutch before its version 3

_LEAST_STEMMED = 4
_lock = Lock()
"""A stemmer holds the word that it is at work on, so it serves one thread at a time."""


def indexed_words(text: str, language: str) -> list[str]:
    """The words of a text that an index in a language holds, in lower case and in their order.

    Args:
        language: an ISO 639-1 code.
    """
    words = words_in(text)
    if language == "zh":
        words = [word for run in words for word in _pieces(run)]
    return list(filter(is_indexed, words))


def _pieces(run: str) -> list[str]:
    if run.isascii():
        return [run]
    import rjieba  # reads its dictionary, for which other languages have no use

    return [piece for piece in rjieba.cut(run, False) if any(map(str.isalnum, piece))]


def engine_language(language: str) -> str:
    """What the Query Engine calls a language of this ISO 639-1 code; empty if it does not have it, and takes English."""
    return "chinese" if language == "zh" else LANGUAGES.get(language, "")


def language_of_index(name: str) -> str:
    """The ISO 639-1 code of a language that the Query Engine calls so; English for none, which is its default."""
    return "zh" if name == "chinese" else _CODES.get(name, "en")


def stem(word: str, language: str) -> str:
    """A word's stem.

    Args:
        word: in lower case.
        language: an ISO 639-1 code; of a language without a stemmer, words are their own stems.
    """
    return _stemmed(word, LANGUAGES.get(language, ""))


@lru_cache(maxsize=200_000)
def _stemmed(word: str, algorithm: str) -> str:
    if not algorithm or len(word) < _LEAST_STEMMED:
        return word
    with _lock:
        return str(_stemmer(algorithm).stemWord(word))


@lru_cache
def _stemmer(algorithm: str) -> "snowballstemmer.stemmer":
    return snowballstemmer.stemmer(_ALGORITHMS.get(algorithm, algorithm))


@lru_cache(maxsize=100_000)
def index_terms(word: str, language: str) -> frozenset[str]:
    """What an index keeps for a word of a text: the word, and ``+stem`` if its stem is another, as Redis does."""
    root = stem(word, language)
    return frozenset((word,)) if root == word else frozenset((word, f"+{root}"))


def query_terms(word: str, language: str) -> set[str]:
    """What a word of a query is looked up by: itself, its stem, and what has the same stem."""
    root = stem(word, language)
    return {word, root, f"+{root}"}
