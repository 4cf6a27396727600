"""What the values of a row are to an expression: numbers, texts, truths, and which of two comes first."""

import re
from typing import NamedTuple

from ..errors import CommandError
from ..numerals import format_number
from .table import Value

MAX_RESULT = 1 << 20
"""Bytes that the result of one function may have: steps could double a text again and again."""

_C_NUMBER = re.compile(
    rb"[ \t\n\v\f\r]*(?:(?P<hex>[+-]?0x(?:[0-9a-f]+\.?[0-9a-f]*|\.[0-9a-f]+)(?:p[+-]?\d+)?)"
    rb"|[+-]?(?:\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?|inf(?:inity)?|nan))",
    re.IGNORECASE,
)
_LONGEST = 1024


class EvaluationError(CommandError):
    """An expression has no value for a row."""


def to_number(value: Value) -> float | None:
    """A value as a number: a text as C's strtod reads it as a whole, the empty one as 0; None where it is none."""
    if isinstance(value, float):
        return value
    if not isinstance(value, bytes):
        return None
    if not value:
        return 0.0
    match = _C_NUMBER.fullmatch(value) if len(value) <= _LONGEST else None
    if match is None:
        return None
    try:
        return float.fromhex(match["hex"].decode()) if match["hex"] else float(value)
    except OverflowError:
        return None


def to_text(value: Value) -> bytes:
    """A value as text; a list and NULL are empty."""
    if isinstance(value, float):
        return format_number(value)
    return value if isinstance(value, bytes) else b""


def is_true(value: Value) -> bool:
    """Whether a value counts as true: a number but 0, a text or list that is not empty."""
    return bool(value)


class Order(NamedTuple):
    """How two values compare."""

    equal: bool
    less: bool
    greater: bool


_EQUAL, _LESS, _GREATER = Order(True, False, False), Order(False, True, False), Order(False, False, True)
_DIFFERENT = Order(False, False, False)


def compare(left: Value, right: Value, *, for_equality: bool) -> Order:
    """Compare two values: a text with a number as a number, NULL before everything.

    Raises:
        EvaluationError: a text is compared with a number by order, and is none.
    """
    if left is None or right is None:
        return _EQUAL if left is right else _LESS if left is None else _GREATER
    if isinstance(left, list) or isinstance(right, list):
        return _EQUAL if left == right else _DIFFERENT
    if isinstance(left, bytes) and isinstance(right, bytes):
        return _EQUAL if left == right else _LESS if left < right else _GREATER
    first, second = to_number(left), to_number(right)
    if first is None or second is None:
        if for_equality:
            return _DIFFERENT
        word = to_text(left if isinstance(left, bytes) else right)
        raise EvaluationError(f"Error converting string '{word.decode(errors='surrogateescape')}' to number")
    return Order(first == second, first < second, first > second)
