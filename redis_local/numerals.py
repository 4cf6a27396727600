"""Numbers as text: what Redis reads as a number, and how its Query Engine prints one."""

import math
import re

_DECIMAL = rb"\d+\.?\d*([eE][+-]?\d+)?|\.\d+([eE][+-]?\d+)?"
_HEXADECIMAL = rb"0x([\da-f]+\.?[\da-f]*|\.[\da-f]+)(p[+-]?\d+)?"
_NUMBER = re.compile(rb"[+-]?(" + _DECIMAL + rb"|(?P<hex>" + _HEXADECIMAL + rb")|inf(inity)?)", re.IGNORECASE)
_NONZERO_DIGIT = re.compile(rb"^[+-]?(0x[0.]*[1-9a-f]|[0.]*[1-9])", re.IGNORECASE)
_LONGEST = 1024


def parse_number(raw: bytes) -> float:
    """Text as a number, as Redis reads one: no spaces, no NaN, and neither overflow to infinity nor underflow to 0.

    It may be hexadecimal (``0x1p3``), as for strtod(3).

    Raises:
        ValueError: it is not one.
    """
    match = _NUMBER.fullmatch(raw) if len(raw) <= _LONGEST else None
    if match is None:
        raise ValueError("not a number")
    try:
        number = float.fromhex(raw.decode()) if match["hex"] else float(raw)
    except OverflowError:
        raise ValueError("out of range") from None
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


def format_score(score: float) -> bytes:
    """A score as RESP2 has it: as many digits as tell it from every other number, and no more."""
    if score.is_integer() and -(2.0**63) <= score < 2.0**63:
        return b"%d" % score
    mantissa, _, exponent = repr(score).partition("e")
    return f"{mantissa}e{int(exponent)}".encode() if exponent else mantissa.encode()
