"""Which columns of a source make a profile.

JSON Lines has no header: a column is there if any row has it, so which columns there are is known after the last row. Until
then rows are read with all columns that may be used; one that never comes adds nothing to a row.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from profilesearch.errors import SourceError
from profilesearch.fields import Fields
from profilesearch.names import check_names

from .rows import shown
from .sample.columns import SAMPLE_FIELDS

_TEXT_COLUMNS = ("text", *SAMPLE_FIELDS.text)
_MOST_SHOWN = 20


@dataclass(frozen=True)
class ColumnChoice:
    """Which columns the user chose; None means the sample's columns, as far as the source has them, and no column of vectors."""

    id: str = SAMPLE_FIELDS.id
    headline: str | None = None
    text: tuple[str, ...] | None = None
    tags: tuple[str, ...] | None = None
    numbers: tuple[str, ...] | None = None
    language: str | None = None
    vector: str | None = None

    def check(self) -> None:
        """Check the names, before anything is read.

        Raises:
            InvalidRequest: a field cannot have its name: which, why, and what to do.
        """
        check_names(self.tags or (), self.numbers or ())


class Columns:
    """The columns that a source turned out to have, against those that were chosen.

    Args:
        choice: what was chosen.

    Attributes:
        candidates: every column that a row may use.
        names: of the candidates.

    Raises:
        InvalidRequest: a chosen column has a name that cannot be used.
    """

    def __init__(self, choice: ColumnChoice) -> None:
        self._choice = choice
        self.candidates = Fields(
            id=choice.id,
            title=SAMPLE_FIELDS.title if choice.headline is None else choice.headline,
            text=_TEXT_COLUMNS if choice.text is None else choice.text,
            tags=_besides(SAMPLE_FIELDS.tags, choice.numbers) if choice.tags is None else choice.tags,
            numbers=_besides(SAMPLE_FIELDS.numbers, choice.tags) if choice.numbers is None else choice.numbers,
            language=choice.language or "",
            vector=choice.vector or "",
        )
        self.names = frozenset(
            (
                choice.id,
                self.candidates.title,
                *self.candidates.text,
                *self.candidates.tags,
                *self.candidates.numbers,
                *filter(None, [choice.language, choice.vector]),
            )
        )
        self._present: set[str] = set()
        self._some: dict[str, None] = {}
        self._last: tuple[str, ...] = ()

    def add(self, names: Iterable[str]) -> None:
        """A row has these columns."""
        names = tuple(names)
        if names == self._last:
            return
        self._last = names
        new = [name for name in names if name not in self._some]
        self._present.update(name for name in new if name in self.names)
        for name in new[: _MOST_SHOWN + 1 - len(self._some)]:
            self._some[name] = None

    @property
    def seen(self) -> bool:
        """Whether any row had any column."""
        return bool(self._some)

    def resolve(self, source: str) -> Fields:
        """The columns that are used.

        Raises:
            SourceError: the source lacks a column that was chosen, the id, or any text.
            InvalidRequest: a chosen column has a name that one of the usual columns takes.
        """
        choice, candidates = self._choice, self.candidates
        text = self._there(candidates.text) if choice.text is None else candidates.text
        if not text:
            raise SourceError(
                f"{source}: expected a column of texts ({', '.join(_TEXT_COLUMNS)}), got {self._shown()}",
                code="no_text_column",
            )
        chosen = [
            choice.headline,
            *(choice.text or ()),
            *(choice.tags or ()),
            *(choice.numbers or ()),
            choice.language,
            choice.vector,
        ]
        for name in (choice.id, *filter(None, chosen)):
            if name not in self._present:
                raise SourceError(f"{source}: expected a column {name!r}, got {self._shown()}")
        fields = Fields(
            id=choice.id,
            title=candidates.title,
            text=text,
            tags=self._there(candidates.tags) if choice.tags is None else candidates.tags,
            numbers=self._there(candidates.numbers) if choice.numbers is None else candidates.numbers,
            language=candidates.language,
            vector=candidates.vector,
        )
        if choice.tags is None or choice.numbers is None:  # else all were chosen, and are checked before
            check_names(fields.tags, fields.numbers)
        return fields

    def _there(self, names: Iterable[str]) -> tuple[str, ...]:
        return tuple(name for name in dict.fromkeys(names) if name in self._present)

    def _shown(self) -> str:
        """The columns that came, in short: there may be a hundred thousand, of any length."""
        names = [name if name.isidentifier() and len(name) <= 80 else shown(name) for name in self._some]
        if len(names) > _MOST_SHOWN:
            return ", ".join(names[:_MOST_SHOWN]) + ", …"
        return ", ".join(names) or "none"


def _besides(names: tuple[str, ...], others: tuple[str, ...] | None) -> tuple[str, ...]:
    return tuple(name for name in names if name not in (others or ()))
