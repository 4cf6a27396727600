"""What the names of a query stand for: values that PARAMS gives, and fields of the index."""

from dataclasses import dataclass, field
from typing import TypeVar

from ..columns import GeoColumn, NumericColumn, TagColumn, TextColumn, VectorColumn
from ..errors import CommandError, QuerySyntaxError
from ..index import Index
from ..numerals import parse_number
from .nodes import Number, Param, Text

_C = TypeVar("_C", TagColumn, NumericColumn, GeoColumn, TextColumn, VectorColumn)
_TYPE_NAMES = {TagColumn: "TAG", NumericColumn: "NUMERIC", GeoColumn: "GEO", TextColumn: "TEXT", VectorColumn: "VECTOR"}
_LONGEST_SIZE = 20


@dataclass(frozen=True)
class Options:
    """What may be said beside the query text.

    Attributes:
        stems: whether words stand for others of the same stem, ``synonyms`` for those of the same group, ``sounds``
            for those that sound alike.
    """

    params: dict[bytes, bytes] = field(default_factory=dict)
    verbatim: bool = False
    infields: tuple[bytes, ...] = ()
    language: str | None = None
    stems: bool = True
    synonyms: bool = True
    sounds: bool = True


class Lookup:
    """Looks up values and fields; every method raises CommandError for what is missing or does not fit."""

    def __init__(self, index: Index, options: Options) -> None:
        self.index = index
        self.options = options
        self._text_columns: dict[tuple[bytes, ...], tuple[TextColumn, ...]] = {}

    def text(self, value: Text) -> bytes:
        """A text."""
        if not isinstance(value, Param):
            return value
        if value.name not in self.options.params:
            raise CommandError(f"No such parameter `{value.name.decode(errors='replace')}`")
        return self.options.params[value.name]

    def number(self, value: Number) -> float:
        """A number."""
        if not isinstance(value, Param):
            return value
        raw = self.text(value)
        try:
            return parse_number(raw)
        except ValueError:
            raise _bad_number(raw, value) from None

    def neighbours(self, value: Number) -> int:
        """How many neighbours a query asks for."""
        if isinstance(value, Param):
            raw = self.text(value)
            if not raw.removeprefix(b"+").isdigit() or len(raw) > _LONGEST_SIZE or int(raw) >= 2**63:
                raise _bad_number(raw, value)
            return int(raw)
        return int(value) if value < 2.0**64 else 0  # Redis reads it as a number of 64 bits

    def column(self, name: bytes, kind: type[_C], position: int) -> _C:
        """The column a query names, if it is of that kind."""
        column = self.index.column(name)
        if column is None:
            raise QuerySyntaxError("Unknown field", position, name)
        if not isinstance(column, kind):
            raise QuerySyntaxError(f"Expected a {_TYPE_NAMES[kind]} field", position, name)
        return column

    def text_columns(self, fields: tuple[bytes, ...], position: int) -> tuple[TextColumn, ...]:
        """The TEXT fields that a word is looked for in: those named with it, else INFIELDS, else all."""
        columns = self._text_columns.get(fields)
        if columns is None:
            for name in fields:
                self.column(name, TextColumn, position)
            columns = tuple(self.index.text_columns(fields or self.options.infields))
            self._text_columns[fields] = columns
        return columns


def _bad_number(raw: bytes, param: Param) -> CommandError:
    shown = raw[:64].decode(errors="replace")
    return CommandError(f"Invalid numeric value ({shown}) for parameter `{param.name.decode(errors='replace')}`")
