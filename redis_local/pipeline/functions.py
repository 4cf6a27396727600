"""The functions of expressions, by name.

Source: https://redis.io/docs/latest/develop/ai/search-and-query/advanced-concepts/aggregations/#apply-expressions
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass

from ..geo import EARTH_RADIUS
from .dates import DATE_FUNCTIONS, format_time, parse_time
from .table import Value
from .values import MAX_RESULT, EvaluationError, to_number, to_text

_SEPARATOR = re.compile(rb"[\s,]+")
_TYPES = {float: 1, bytes: 3, type(None): 4, list: 6}


@dataclass(frozen=True)
class Function:
    """A function and how many arguments it takes.

    Attributes:
        title: what Redis calls it in the error about arguments.
        apply: from the values of the arguments to a value; raises :class:`EvaluationError`.
    """

    title: str
    least: int
    most: int
    apply: Callable[[list[Value]], Value]
    refusal: str = "Invalid arguments for function '{}'"

    def check(self, count: int) -> None:
        """Refuse a wrong number of arguments.

        Raises:
            EvaluationError: there are too few or too many.
        """
        if not self.least <= count <= self.most:
            raise EvaluationError(self.refusal.format(self.title))


def _text_argument(function: str, arguments: list[Value], position: int) -> bytes:
    value = arguments[position]
    if not isinstance(value, bytes):
        raise EvaluationError(_wrong_type(function, position, value, "STRING(v, 0)"))
    return value


def _wrong_type(function: str, position: int, value: Value, wanted: str) -> str:
    return (
        f"Invalid type ({_TYPES[type(value)]}) for argument {position} in function '{function}'. "
        f"VALIDATE_ARG__{wanted} was false."
    )


# ------------------------------------------------------------ numbers
def _math(function: Callable[[float], float], title: str) -> Function:
    def apply(arguments: list[Value]) -> Value:
        number = to_number(arguments[0])
        return math.nan if number is None or number != number else function(number)

    return Function(title, 1, 1, apply, "Invalid number of arguments for {}")


def _logarithm(function: Callable[[float], float]) -> Callable[[float], float]:
    return lambda number: function(number) if number > 0 else -math.inf if number == 0 else -math.nan


def _whole(function: Callable[[float], int]) -> Callable[[float], float]:
    return lambda number: number if math.isinf(number) else float(function(number))


def _exponential(number: float) -> float:
    try:
        return math.exp(number)
    except OverflowError:
        return math.inf


def _to_number(arguments: list[Value]) -> Value:
    number = to_number(arguments[0])
    if number is None:
        word = "(null)" if arguments[0] is None else to_text(arguments[0]).decode(errors="surrogateescape")
        raise EvaluationError(f"to_number: cannot convert string '{word}'")
    return number


# ------------------------------------------------------------ texts
def _upper(arguments: list[Value]) -> Value:
    return arguments[0].upper() if isinstance(arguments[0], bytes) else None


def _lower(arguments: list[Value]) -> Value:
    return arguments[0].lower() if isinstance(arguments[0], bytes) else None


def _substring(arguments: list[Value]) -> Value:
    """``substr(text, offset, count)``: a negative offset counts from the end, a negative count leaves so many bytes out."""
    word, places = arguments[0], arguments[1:]
    for position, place in enumerate(places, 1):
        if not isinstance(place, float):
            raise EvaluationError(_wrong_type("substr", position, place, "TYPE(v, RSValue_Number)"))
    if not isinstance(word, bytes):
        raise EvaluationError("Invalid type for substr. Expected string")
    offset, count = (int(place) if isinstance(place, float) and math.isfinite(place) else 0 for place in places)
    if offset < 0:
        offset += len(word)
    if not 0 <= offset <= len(word):
        return b""
    end = offset + count if count >= 0 else len(word) + count
    return word[offset : max(offset, end)]


def _starts_with(arguments: list[Value]) -> Value:
    word, prefix = (_text_argument("startswith", arguments, position) for position in (0, 1))
    return float(word.startswith(prefix))


def _contains(arguments: list[Value]) -> Value:
    """How often the second text begins within the first."""
    word, part = (_text_argument("contains", arguments, position) for position in (0, 1))
    found, at = 0, word.find(part)
    while at >= 0:
        found, at = found + 1, word.find(part, at + 1)
    return float(found)


def _length(arguments: list[Value]) -> Value:
    return float(len(_text_argument("strlen", arguments, 0)))


def _format(arguments: list[Value]) -> Value:
    """``format(pattern, …)`` with ``%s`` and ``%%``."""
    pattern = _text_argument("format", arguments, 0)
    parts, rest, size = [], list(reversed(arguments[1:])), 0
    while pattern:
        before, sign, pattern = pattern.partition(b"%")
        parts.append(before)
        if sign:
            kind, pattern = pattern[:1], pattern[1:]
            if not kind:
                raise EvaluationError("Bad format string!")
            if kind not in b"s%":
                raise EvaluationError("Unknown format specifier passed")
            if kind == b"s" and not rest:
                raise EvaluationError("Not enough arguments for format")
            value = rest.pop() if kind == b"s" else b"%"
            parts.append(b"(null)" if value is None else to_text(value))
        size += len(parts[-1]) + len(before)
        if size > MAX_RESULT:
            raise EvaluationError(f"ERR format makes a text of more than {MAX_RESULT} bytes, too long for redis_local")
    return b"".join(parts)


def _split(arguments: list[Value]) -> Value:
    """``split(text, separators=",", stripped=" ")``: parts that are not empty, without these characters around them."""
    word = _text_argument("split", arguments, 0)
    separators = _text_argument("split", arguments, 1) if len(arguments) > 1 else b","
    stripped = _text_argument("split", arguments, 2) if len(arguments) > 2 else b" "
    if separators:
        word = word.translate(bytes(separators[0] if byte in separators else byte for byte in range(256)))
    parts = word.split(separators[:1]) if separators else [word]
    return [part for each in parts if (part := each.strip(stripped) if stripped else each)]


# ------------------------------------------------------------ places
def _distance(arguments: list[Value]) -> Value:
    """Metres between two places, each a text of longitude and latitude or two numbers."""
    degrees: list[float] = []
    for value in arguments:
        pair = [each for each in _SEPARATOR.split(value) if each] if isinstance(value, bytes) else [value]
        numbers = [to_number(each) for each in pair]
        if len(pair) > 2 or None in numbers:
            raise EvaluationError("Invalid geo string")
        degrees += [number for number in numbers if number is not None]
    if len(degrees) != 4:
        raise EvaluationError("Invalid geo string")
    longitude, latitude, longitude2, latitude2 = map(math.radians, degrees)
    u, v = math.sin((latitude2 - latitude) / 2), math.sin((longitude2 - longitude) / 2)
    share = u * u + math.cos(latitude) * math.cos(latitude2) * v * v
    return round(2 * EARTH_RADIUS * math.asin(math.sqrt(min(1.0, share))), 2)


FUNCTIONS: dict[str, Function] = {
    "abs": _math(abs, "fabs"),
    "ceil": _math(_whole(math.ceil), "ceil"),
    "floor": _math(_whole(math.floor), "floor"),
    "log": _math(_logarithm(math.log), "log"),
    "log2": _math(_logarithm(math.log2), "log2"),
    "exp": _math(_exponential, "exp"),
    "sqrt": _math(lambda number: math.sqrt(number) if number >= 0 else -math.nan, "sqrt"),
    "upper": Function("upper", 1, 1, _upper),
    "lower": Function("lower", 1, 1, _lower),
    "substr": Function("substr", 3, 3, _substring),
    "startswith": Function("startswith", 2, 2, _starts_with),
    "contains": Function("contains", 2, 2, _contains),
    "strlen": Function("strlen", 1, 1, _length),
    "format": Function("format", 1, 1_000, _format, "Need at least one argument for {}"),
    "split": Function("split", 1, 3, _split, "Invalid number of arguments for {}"),
    "to_number": Function("to_number", 1, 1, _to_number),
    "to_str": Function("to_str", 1, 1, lambda arguments: to_text(arguments[0])),
    "geodistance": Function("geodistance", 2, 4, _distance),
    "timefmt": Function("time", 1, 2, format_time),
    "parsetime": Function("parsetime", 2, 2, parse_time),
    **{name: Function(name, 1, 1, function) for name, function in DATE_FUNCTIONS.items()},
    # these two look at the row, which the evaluation does in their place
    "exists": Function("exists", 1, 1, lambda arguments: 1.0),
    "matched_terms": Function("matched_terms", 0, 1, lambda arguments: None),
}
