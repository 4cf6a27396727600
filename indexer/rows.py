"""One row of a source as a checked profile, or what is wrong with it."""

import json
import math
import reprlib
from dataclasses import dataclass
from typing import Any

from profilesearch.fields import Fields
from profilesearch.row import Row
from profilesearch.tags import join_tags
from profilesearch.vectors import NotAVector, given_vector, to_bytes
from profilesearch.words.language import language_code

from .headlines import headline_of

LONGEST_TEXT = 1_000_000
"""Bytes that a profile's text may have, and its headline, and each of its tag fields."""

LONGEST_ID = 256

DEEPEST = 32
"""Lists and objects within each other that a row's JSON may have."""


_LATIN = "0x{byte:02X}, as in Latin-1: convert it with iconv -f WINDOWS-1252 -t UTF-8"


class RowError(Exception):
    """A row is no profile: the field at fault, what came, what was expected."""

    def __init__(self, field: str, came: str, expected: str) -> None:
        super().__init__(field)
        self.field, self.came, self.expected = field, came, expected

    def __str__(self) -> str:
        return f"{self.field}: expected {self.expected}, got {self.came}"


@dataclass(frozen=True)
class Length:
    """How many numbers a row's vector must have, and who else has as many."""

    numbers: int
    whose: str


def check_row(values: dict[str, Any], fields: Fields, length: Length | None = None) -> Row:
    """A row as a profile.

    Args:
        values: by column.
        fields: the columns that make a profile.
        length: of its vector, if it brings one; None for any.

    Raises:
        RowError: the first thing wrong with it.
    """
    id_ = values.get(fields.id)
    if isinstance(id_, bool) or not isinstance(id_, str | int) or not str(id_).strip():
        raise RowError(fields.id, shown(id_), "an id")
    id_ = check_text(fields.id, str(id_).strip())
    if len(id_) > LONGEST_ID or not id_.isprintable():
        raise RowError(fields.id, shown(id_), f"an id of at most {LONGEST_ID} printable characters")
    headline = check_text(fields.title, _joined(fields.title, values.get(fields.title)))
    text = "\n".join(part for name in fields.text if (part := check_text(name, _joined(name, values.get(name)))))
    if not text.strip():
        raise RowError(", ".join(fields.text), "no text", "a text")
    tags = {name: joined for name in fields.tags if (joined := _tags(name, values.get(name)))}
    for name, value in ((", ".join(fields.text), text), (fields.title, headline), *tags.items()):
        if (size := len(value.encode())) > LONGEST_TEXT:
            raise RowError(name, f"{size} bytes", f"at most {LONGEST_TEXT} bytes of text")
    numbers = {name: number for name in fields.numbers if (number := _number(name, values.get(name))) is not None}
    language = _language(fields.language, values.get(fields.language)) if fields.language else ""
    vector = _vector(fields.vector, values.get(fields.vector), length) if fields.vector else b""
    return Row(id_, headline or headline_of(text), text, tags, numbers, language, vector)


def _joined(name: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return ", ".join(_joined(name, part) for part in value)
    if isinstance(value, dict):
        raise RowError(name, shown(value), "a text, or a list of texts")
    return str(value).strip()


def check_text(name: str, value: str) -> str:
    """A text that can be stored.

    Raises:
        RowError: it has a lone surrogate, or one that ``surrogateescape`` made of a byte that is no UTF-8.
    """
    try:
        value.encode()
    except UnicodeEncodeError:
        # surrogateescape has made a surrogate of each byte that is no UTF-8
        byte = next((ord(character) - 0xDC00 for character in value if "\udc80" <= character <= "\udcff"), None)
        hint = "" if byte is None else f" ({_LATIN.format(byte=byte)})"
        raise RowError(name, shown(value) + hint, "UTF-8 text") from None
    return value


def _tags(name: str, value: Any) -> str:
    values = value if isinstance(value, list | tuple) else [] if value is None else [value]
    texts = [check_text(name, _joined(name, part)) for part in values]
    try:
        return join_tags(text for text in texts if text.strip())
    except ValueError:
        raise RowError(name, shown(value), "tags without control characters") from None


def _language(name: str, value: Any) -> str:
    """The ISO 639-1 code of a language; empty if none is named."""
    text = _joined(name, value)
    try:
        return language_code(text) if text else ""
    except ValueError:
        raise RowError(name, shown(value), "a language, such as de or German") from None


def _vector(name: str, value: Any, length: Length | None) -> bytes:
    expected = f"a list of {length.numbers:,} numbers, as many as {length.whose}" if length else "a list of numbers"
    try:
        return to_bytes(given_vector(value, expected, length.numbers if length else 0))
    except NotAVector as bad:
        raise RowError(name, bad.came, bad.expected) from None


def _number(name: str, value: Any) -> float | None:
    if value is None or value == "":
        return None
    try:
        number = float(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else math.nan
    except (ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise RowError(name, shown(value), "a number")
    return number


def parse_json(text: str | bytes, field: str = "line") -> Any:
    """What a JSON text holds. Every row of JSON is read here, wherever it comes from.

    Lone surrogates that are written as escapes stay: only the columns that a profile uses are checked for them.

    Args:
        text: UTF-8 bytes, or a text in which bytes that are no UTF-8 are surrogates (``surrogateescape``).
        field: what errors call it.

    Raises:
        RowError: it is not UTF-8, not JSON, or nested too deeply.
    """
    raw = b""
    try:
        raw = text if isinstance(text, bytes) else text.encode(errors="surrogateescape")
        decoded = raw.decode()
    except UnicodeDecodeError as error:
        came = f"invalid UTF-8 at byte {error.start + 1} ({_LATIN.format(byte=raw[error.start])})"
        raise RowError(field, came, "UTF-8 text") from None
    except UnicodeEncodeError as error:
        raise RowError(field, f"a lone surrogate at character {error.start + 1}", "UTF-8 text") from None
    try:
        value = json.loads(decoded)
    except RecursionError:
        raise RowError(field, "JSON nested too deeply", f"at most {DEEPEST} levels") from None
    except ValueError as error:
        raise RowError(field, f"{shown(decoded.strip())} ({error})", "a JSON object") from None
    if decoded.count("[") + decoded.count("{") > DEEPEST and _is_deeper(value, DEEPEST):
        raise RowError(field, "JSON nested too deeply", f"at most {DEEPEST} levels")
    return value


def _is_deeper(value: Any, most: int) -> bool:
    """Level by level, not by recursion: the value may be nested more deeply than Python's stack is high."""
    level = [value]
    for _ in range(most + 1):
        containers = [outer for outer in level if isinstance(outer, dict | list)]
        if not containers:
            return False
        level = [inner for outer in containers for inner in (outer.values() if isinstance(outer, dict) else outer)]
    return True


_SHORT = reprlib.Repr()
_SHORT.maxlevel = 3
_SHORT.maxstring = _SHORT.maxother = _SHORT.maxlong = 80


def shown(value: Any) -> str:
    """A value for a message: short whatever it is, on one line, without control characters."""
    if value is None:
        return "nothing"
    shown = _SHORT.repr(value)
    return shown if len(shown) <= 80 else shown[:77] + "…"
