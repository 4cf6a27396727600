"""Functions of expressions that read, write and round times, all in UTC.

A time is a number of seconds since 1970; what is no such number has no date, and the result is NULL.
"""

import calendar
import re
import time
from collections.abc import Callable

from .table import Value
from .values import EvaluationError, to_number

_EARLIEST = -62_135_596_800.0  # the year 1
_LATEST = 253_402_300_800.0  # the year 10000
_LONGEST = 1024
_ISO = "%Y-%m-%dT%H:%M:%SZ"
_SHORT_FORMS = {
    "%F": "%Y-%m-%d",
    "%T": "%H:%M:%S",
    "%D": "%m/%d/%y",
    "%R": "%H:%M",
    "%e": "%d",
    "%h": "%b",
    "%n": " ",
    "%t": " ",
}
_DAYS = re.compile(r"%[djcxD]")
_FORM = re.compile(r"%.", re.DOTALL)


def _date(value: Value, earliest: float) -> time.struct_time | None:
    number = to_number(value)
    if number is None or not earliest <= number < _LATEST:
        return None
    return time.gmtime(int(number))


def format_time(arguments: list[Value]) -> Value:
    """``timefmt(time, format)``, in the forms of strftime; ISO 8601 without a format."""
    form = arguments[1] if len(arguments) > 1 else _ISO.encode()
    if not isinstance(form, bytes):
        raise EvaluationError(
            "Invalid type (1) for argument 1 in function 'time'. VALIDATE_ARG__TYPE(v, RSValue_String) was false."
        )
    date = _date(arguments[0], _EARLIEST)
    if date is None or len(form) > _LONGEST:
        return None
    try:
        shown = time.strftime(form.decode(), date).encode()
    except ValueError:
        return None
    return shown if len(shown) < _LONGEST else None


def parse_time(arguments: list[Value]) -> Value:
    """``parsetime(text, format)``, in the forms of strptime; text behind what the format asks for is left alone.

    Where the format names no day it is the one before the month's first, as C's functions count it.
    """
    word, form = arguments
    if not isinstance(word, bytes) or not isinstance(form, bytes) or len(word) + len(form) > _LONGEST:
        return None
    try:
        pattern = _FORM.sub(lambda match: _SHORT_FORMS.get(match[0], match[0]), form.decode())
        date = _read(word.decode(), pattern)
    except (ValueError, re.error):
        return None
    day = date.tm_mday if _DAYS.search(pattern) else 0
    return float(calendar.timegm((date.tm_year, date.tm_mon, day, date.tm_hour, date.tm_min, date.tm_sec)))


def _read(word: str, pattern: str) -> time.struct_time:
    try:
        return time.strptime(word, pattern)
    except ValueError as error:
        _, found, rest = str(error).partition("unconverted data remains: ")
        if not found or not word.endswith(rest):
            raise
        return time.strptime(word.removesuffix(rest), pattern)


def _of_date(part: Callable[[int, time.struct_time], int]) -> Callable[[list[Value]], Value]:
    def apply(arguments: list[Value]) -> Value:
        date = _date(arguments[0], 0)
        return None if date is None else float(part(calendar.timegm(date), date))

    return apply


DATE_FUNCTIONS: dict[str, Callable[[list[Value]], Value]] = {
    "minute": _of_date(lambda seconds, date: seconds - seconds % 60),
    "hour": _of_date(lambda seconds, date: seconds - seconds % 3600),
    "day": _of_date(lambda seconds, date: seconds - seconds % 86400),
    "month": _of_date(lambda seconds, date: calendar.timegm((date.tm_year, date.tm_mon, 1, 0, 0, 0))),
    "dayofweek": _of_date(lambda seconds, date: (date.tm_wday + 1) % 7),
    "dayofmonth": _of_date(lambda seconds, date: date.tm_mday),
    "dayofyear": _of_date(lambda seconds, date: date.tm_yday - 1),
    "monthofyear": _of_date(lambda seconds, date: date.tm_mon - 1),
    "year": _of_date(lambda seconds, date: date.tm_year),
}
