"""What goes from step to step."""

from dataclasses import dataclass
from typing import TypeAlias

from ..numerals import format_number
from ..resp import Reply

KEY = b"__key"
"""The property that holds a document's key."""

SCORE = b"__score"
"""The property that ADDSCORES adds."""

TERMS = b"\0terms"
"""Where a row has the words of the query that its document matched; no expression can name it."""

Value: TypeAlias = "bytes | float | None | list[Value]"
Row: TypeAlias = dict[bytes, Value]


@dataclass
class Table:
    """Rows and how they are shown.

    Attributes:
        rows: properties of each row by name. A row that is a document's has its key under ``KEY``.
        shown: names of the properties that a reply has, in its order.
        total: how many rows there are, the ones cut off by LIMIT too.
        warning: why there are no further rows, where an expression had no value for the next.
    """

    rows: list[Row]
    shown: list[bytes]
    total: int
    warning: str | None = None

    def contents(self) -> list[dict[bytes, Reply]]:
        """What a reply shows of each row."""
        return [{name: reply_of(row[name]) for name in self.shown if name in row} for row in self.rows]


def reply_of(value: Value) -> Reply:
    """A value as the Query Engine sends it: numbers as text."""
    if isinstance(value, list):
        return [reply_of(each) for each in value]
    return format_number(value) if isinstance(value, float) else value
