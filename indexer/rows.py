"""One row of a source as a checked profile, or what is wrong with it."""

import json
import math
import reprlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NoReturn

from profilesearch.errors import SourceError
from profilesearch.profile import SAMPLE_FIELDS, Fields, Row, join_tags

LONGEST_TEXT = 1_000_000
"""Bytes that a profile's text may have."""

LONGEST_ID = 256

DEEPEST = 32
"""Lists and objects within each other that a row's JSON may have."""

_TEXT_COLUMNS = ("text", *SAMPLE_FIELDS.text)


@dataclass(frozen=True)
class Mapping:
    """Which columns the user chose; None means the sample's columns, as far as the source has them."""

    id: str = SAMPLE_FIELDS.id
    headline: str | None = None
    text: tuple[str, ...] | None = None
    tags: tuple[str, ...] | None = None
    numbers: tuple[str, ...] | None = None


class BadValue(Exception):
    """A value is not what it should be: its field, what came, what was expected."""

    def __init__(self, field: str, came: str, expected: str) -> None:
        super().__init__(field)
        self.field, self.came, self.expected = field, came, expected

    def __str__(self) -> str:
        return f"{self.field}: expected {self.expected}, got {self.came}"


def resolve_fields(mapping: Mapping, row: dict[str, Any], path: str) -> Fields:
    """The chosen columns, all of which the source must have.

    Raises:
        SourceError: it lacks one.
    """

    def present(names: Sequence[str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for name in names if name in row))

    headline = mapping.headline if mapping.headline is not None else SAMPLE_FIELDS.headline
    fields = Fields(
        mapping.id, headline,
        present(_TEXT_COLUMNS) if mapping.text is None else mapping.text,
        present(SAMPLE_FIELDS.tags) if mapping.tags is None else mapping.tags,
        present(SAMPLE_FIELDS.numbers) if mapping.numbers is None else mapping.numbers,
    )  # fmt: skip
    if not fields.text:
        raise SourceError(f"{path}: expected --text-fields, since there is none of {', '.join(_TEXT_COLUMNS)} in it")
    optional = () if mapping.headline is None else (fields.headline,)
    for name in (fields.id, *optional, *fields.text, *fields.tags, *fields.numbers):
        if name not in row:
            raise SourceError(f"{path}: expected a column {name!r}, got {', '.join(map(str, row)) or 'none'}")
    return replace(fields, headline=headline)


def check_row(values: dict[str, Any], fields: Fields) -> Row:
    """A row as a profile.

    Raises:
        BadValue: the first thing wrong with it.
    """
    id_ = values.get(fields.id)
    if isinstance(id_, bool) or not isinstance(id_, str | int) or not str(id_).strip():
        raise BadValue(fields.id, shown(id_), "an id")
    id_ = _text(fields.id, str(id_).strip())
    if len(id_) > LONGEST_ID or not id_.isprintable():
        raise BadValue(fields.id, shown(id_), f"an id of at most {LONGEST_ID} printable characters")
    headline = _text(fields.headline, _joined(fields.headline, values.get(fields.headline)))
    text = "\n".join(part for name in fields.text if (part := _text(name, _joined(name, values.get(name)))))
    if not text.strip():
        raise BadValue(", ".join(fields.text), "no text", "a text")
    if (size := len(text.encode())) > LONGEST_TEXT:
        raise BadValue(", ".join(fields.text), f"{size} bytes", f"at most {LONGEST_TEXT} bytes of text")
    tags = {name: joined for name in fields.tags if (joined := _tags(name, values.get(name)))}
    numbers = {name: number for name in fields.numbers if (number := _number(name, values.get(name))) is not None}
    return Row(id_, headline or text.strip().splitlines()[0][:120], text, tags, numbers)


def _joined(name: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return ", ".join(_joined(name, each) for each in value)
    if isinstance(value, dict):
        raise BadValue(name, shown(value), "a text, or a list of texts")
    return str(value).strip()


def _text(name: str, value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise BadValue(name, shown(value), "UTF-8 text") from None
    return value


def _tags(name: str, value: Any) -> str:
    values = value if isinstance(value, list | tuple) else [] if value is None else [value]
    texts = [_text(name, _joined(name, each)) for each in values]
    try:
        return join_tags(text for text in texts if text.strip())
    except ValueError:
        raise BadValue(name, shown(value), "tags without control characters") from None


def _number(name: str, value: Any) -> float | None:
    if value is None or value == "":
        return None
    try:
        number = float(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else math.nan
    except (ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise BadValue(name, shown(value), "a number")
    return number


def parse_json(text: str | bytes, field: str = "line") -> Any:
    """What a JSON text holds. Every row of JSON is read here, wherever it comes from.

    Lone surrogates that are written as escapes stay: only the columns that a profile uses are checked for them.

    Args:
        text: UTF-8 bytes, or a text in which bytes that are no UTF-8 are surrogates (``surrogateescape``).
        field: what errors call it.

    Raises:
        BadValue: it is not UTF-8, not JSON (RFC 8259, so without NaN and Infinity), or nested too deeply.
    """
    try:
        raw = text if isinstance(text, bytes) else text.encode(errors="surrogateescape")
        decoded = raw.decode()
    except UnicodeDecodeError as error:
        raise BadValue(field, f"invalid UTF-8 at byte {error.start + 1}", "UTF-8 text") from None
    except UnicodeEncodeError as error:
        raise BadValue(field, f"a lone surrogate at character {error.start + 1}", "UTF-8 text") from None
    try:
        value = json.loads(decoded, parse_constant=_no_json)
    except RecursionError:
        raise BadValue(field, "JSON nested too deeply", f"at most {DEEPEST} levels") from None
    except ValueError as error:
        raise BadValue(field, f"{shown(decoded.strip())} ({error})", "a JSON object") from None
    if _is_deeper(value, DEEPEST):
        raise BadValue(field, "JSON nested too deeply", f"at most {DEEPEST} levels")
    return value


def _no_json(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


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
