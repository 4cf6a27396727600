"""Numbers as text: what Redis reads as a number, and how its Query Engine prints one."""

import math
import re

_NUMBER = re.compile(rb"[+-]?(\d+\.?\d*([eE][+-]?\d+)?|\.\d+([eE][+-]?\d+)?|inf(inity)?)", re.IGNORECASE)
_NONZERO_DIGIT = re.compile(rb"^[+-]?[0.]*[1-9]")
_LONGEST = 1024


def parse_number(raw: bytes) -> float:
    """Text as a number, as Redis reads one: no spaces, no NaN, and neither overflow to infinity nor underflow to 0.

    Raises:
        ValueError: it is not one.
    """
    if len(raw) > _LONGEST or not _NUMBER.fullmatch(raw):
        raise ValueError("not a number")
    number = float(raw)
    overflow = abs(number) == float("inf") and b"n" not in raw.lower()
    if overflow or (number == 0 and _NONZERO_DIGIT.match(raw)):
        raise ValueError("out of range")
    return number


def format_number(number: float) -> bytes:
    """A number as the Query Engine prints it: whole numbers of 64 bits in full, others with 12 digits at the most."""
    if number.is_integer() and -(2.0**63) <= number < 2.0**63:
        return b"%d" % number
    if number != number:
        return b"-nan" if math.copysign(1, number) < 0 else b"nan"
    return b"%.12g" % number
