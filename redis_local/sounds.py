"""How words sound: Double Metaphone, which Redis' PHONETIC fields go by.

Source: https://redis.io/docs/latest/develop/ai/search-and-query/advanced-concepts/phonetic_matching/
"""

from functools import lru_cache

from metaphone import doublemetaphone

MATCHERS = ("dm:en", "dm:fr", "dm:pt", "dm:es")
"""What PHONETIC may name; all of them sound alike, as in Redis."""

_SHORTEST, _LONGEST = 3, 128


@lru_cache(10_000)
def sound(word: bytes) -> bytes:
    """The first of a word's two codes, empty for a very short or a very long word and for one without a sound."""
    if not _SHORTEST <= len(word) <= _LONGEST:
        return b""
    code: str = doublemetaphone(word.decode(errors="replace"))[0]
    return code.encode()
