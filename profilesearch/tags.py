"""Tag values: how they are cleaned, compared and stored in one hash field."""

import re
import unicodedata
from collections.abc import Iterable

TAG_SEPARATOR = "\x1f"
"""Stands between the values of one tag field: a character that no text has."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


def clean_tag(value: str) -> str:
    """A tag value as it is stored and asked for: in NFC, without spaces around it, and single spaces within.

    Raises:
        ValueError: it has a control character, which the query language cannot express, or is no UTF-8.
    """
    cleaned = _plain(value)
    if _CONTROL.search(cleaned):
        raise ValueError("a control character")
    if _SURROGATE.search(cleaned):
        raise ValueError("a lone surrogate")
    return cleaned


def fold_tag(value: str) -> str:
    """What equal tag values have in common: Redis compares them in lower case, for all of Unicode.

    Not ``casefold``, for which Straße and STRASSE are equal: to Redis they are not
    (https://redis.io/docs/latest/develop/ai/search-and-query/advanced-concepts/tags/).
    """
    return _plain(value).lower()


def _plain(value: str) -> str:
    return " ".join((value if value.isascii() else unicodedata.normalize("NFC", value)).split())


def join_tags(values: Iterable[str]) -> str:
    """Tag values as one hash field, equal ones once.

    Raises:
        ValueError: one has a control character.
    """
    different: dict[str, str] = {}
    for value in map(clean_tag, values):
        different.setdefault(value.lower(), value)
    return TAG_SEPARATOR.join(different.values())


def split_tags(value: str) -> tuple[str, ...]:
    """A hash field as tag values."""
    return tuple(filter(None, value.split(TAG_SEPARATOR)))
