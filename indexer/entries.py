"""Entries of the stream of changes: what they ask for, as each live version's columns have it."""

from dataclasses import dataclass

from profilesearch.fields import Fields
from profilesearch.row import Row

from .rows import RowError, check_text
from .targets import named
from .upserts import Target, length_in, row_of

Entry = tuple[str, dict[str, str]]
"""An entry's id and its fields."""


@dataclass(frozen=True)
class Asked:
    """What entries ask for.

    Attributes:
        rows: the latest profile of each id, by the columns that versions have.
        deletes: ids to remove.
        latest: by id, the entry that says so.
        reasons: by entry, why it cannot be applied.
    """

    rows: dict[Fields, dict[str, tuple[Row, str]]]
    deletes: dict[str, None]
    latest: dict[str, str]
    reasons: dict[str, str]

    @classmethod
    def of(cls, entries: list[Entry], targets: list[Target]) -> "Asked":
        """Read entries, oldest first."""
        asked = cls({target.record.fields: {} for target in targets}, {}, {}, {})
        for entry, fields in entries:
            try:
                op, id_ = _operation(fields)
                rows = _rows(fields.get("profile", ""), id_, targets) if op == "upsert" else {}
            except (RowError, _Refused) as bad:
                asked.reasons[entry] = str(bad)
                continue
            for columns, known in asked.rows.items():
                known.pop(id_, None)
                if op == "upsert":
                    known[id_] = rows[columns]
            asked.deletes.pop(id_, None)
            if op == "delete":
                asked.deletes[id_] = None
            asked.latest[id_] = entry
        return asked


class _Refused(Exception):
    """A version cannot have a profile: which, and why."""


def _rows(source: str, id_: str, targets: list[Target]) -> dict[Fields, tuple[Row, str]]:
    """A profile as each version's columns have it."""
    rows: dict[Fields, tuple[Row, str]] = {}
    for target in targets:
        columns = target.record.fields
        if columns not in rows:
            try:
                rows[columns] = (row_of(source, id_, columns, length_in(target.record)), source)
            except RowError as bad:
                raise _Refused(named(str(bad), target, targets)) from None
    return rows


def size(entry: Entry) -> int:
    """About how many bytes an entry is."""
    return sum(len(name) + len(value) for name, value in entry[1].items())


def _operation(fields: dict[str, str]) -> tuple[str, str]:
    """What an entry asks for, and the id.

    Raises:
        RowError: it has neither.
    """
    op, id_ = fields.get("op", ""), fields.get("id", "")
    if op not in ("upsert", "delete"):
        raise RowError("op", repr(op), "upsert or delete")
    if not check_text("id", id_).strip():
        raise RowError("id", "nothing", "an id")
    return op, id_
