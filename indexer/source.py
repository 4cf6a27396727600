"""A source of profiles, read whole: each row becomes a checked profile in the spool, or is bad and says where and why."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from profilesearch.errors import BadRow, BadRows, SourceError
from profilesearch.fields import Fields

from .columns import ColumnChoice, Columns
from .formats import Format, format_of, read
from .input import Input
from .rejects import Rejects
from .rows import Length, RowError, check_row
from .spool import Spool

LISTED = 20
_TELL_EVERY = 1000


@dataclass(frozen=True)
class Loaded:
    """What a source held.

    Attributes:
        fields: its columns, as they are used.
        rows: good rows, all of which are in the spool.
        rejected: bad rows that were left out.
        digest: of the good rows, in their order.
        languages: ISO 639-1 codes of the languages that rows say they are in, the most frequent first.
    """

    fields: Fields
    rows: int
    rejected: int
    digest: str
    languages: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reading:
    """How a source is read.

    Attributes:
        columns: which columns make a profile.
        format: by default the name's ending tells, and standard input is JSON Lines.
        rejects: where bad rows go, with reasons, as JSON Lines; without it, one bad row refuses the source.
        tell: told now and then how many further rows were read.
        length: of the vectors that rows bring; by default, the first good row says it.
    """

    columns: ColumnChoice
    format: Format | None = None
    rejects: Path | None = None
    tell: Callable[[int], None] = lambda rows: None
    length: Length | None = None


def load(source: Input, reading: Reading, spool: Spool) -> Loaded:
    """Read a whole source into a spool, row by row.

    Raises:
        BadRows: some rows are no profiles; nothing was done with the others.
        SourceError: the source cannot be read, changes meanwhile, lacks a column, or has no profile at all.
        InvalidRequest: a column's name cannot be used.
    """
    format_ = reading.format or format_of(source.path)
    columns = Columns(reading.columns)
    bad = _BadRows()
    number = 0
    with Rejects(reading.rejects) as rejects:
        for line, values in read(source, format_, columns.names):
            number += 1
            if isinstance(values, dict):
                _see(columns, values, source.name, has_header=format_ != "jsonl")
            try:
                _add(values, line, columns.candidates, spool, reading.length)
            except RowError as why:
                row = BadRow(source.name, line, why.field, why.came, why.expected)
                rejects.add(row, values if isinstance(values, dict) else None)
                bad.add(row)
            if number % _TELL_EVERY == 0:
                reading.tell(_TELL_EVERY)
        source.check_unchanged()
        fields = columns.resolve(source.name) if columns.seen else None
        if bad.total and reading.rejects is None:
            raise BadRows(bad.first, bad.total)
        rejects.complete()
        if not len(spool) or fields is None:
            raise SourceError(f"{source.name}: expected at least one profile, got none{bad.reasons(reading.rejects)}")
    reading.tell(number % _TELL_EVERY)
    return Loaded(fields, len(spool), bad.total, spool.digest, spool.languages)


class _BadRows:
    """How many rows are bad, and the first of them."""

    def __init__(self) -> None:
        self.total = 0
        self.first: list[BadRow] = []

    def add(self, row: BadRow) -> None:
        self.total += 1
        if len(self.first) < LISTED:
            self.first.append(row)

    def reasons(self, rejects: Path | None) -> str:
        """Why nothing is left, where all rows are bad."""
        where = f"; all {self.total:,} rows are bad, see {rejects}:" if self.total else ""
        return where + "".join(f"\n  {row}" for row in self.first)


def _see(columns: Columns, values: dict[str, Any], source: str, *, has_header: bool) -> None:
    """A row has these columns; where there is a header, the first row has all of them."""
    first = not columns.seen
    columns.add(values)
    if first and has_header:
        columns.resolve(source)


def _add(values: dict[str, Any] | RowError, line: int, fields: Fields, spool: Spool, length: Length | None) -> None:
    if isinstance(values, RowError):
        raise values
    if length is None and spool.dimension:
        length = Length(spool.dimension, "the first row has")
    row = check_row(values, fields, length)
    if (earlier := spool.add(row, line, values)) is not None:
        raise RowError(fields.id, f"{row.id!r}, which line {earlier} has too", "an id of its own for each row")
