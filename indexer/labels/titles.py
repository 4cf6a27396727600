"""Labels made of a file of occupations: an alternative title must find its occupation's text."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from profilesearch.errors import SourceError
from profilesearch.fields import Fields
from profilesearch.labels import Label, LabelOrigin

from ..formats import format_of, read
from ..input import open_input
from ..rows import RowError, check_row, check_text, shown

_SEPARATORS = "\n|"
"""What stands between the titles of a cell, where a file has no lists; ESCO's own files have lines."""


def titles_of(path: Path, titles_field: str, fields: Fields, directory: Path) -> Iterator[Label]:
    """A label for each alternative title of each row: it fits the row's id and text. They are marked as synthetic.

    Args:
        path: JSON Lines, CSV or Parquet.
        titles_field: the column of the alternative titles: a list, or a text with a title a line or between ``|``.
        fields: the columns of the id and of the text.
        directory: where the bytes of a pipe lie meanwhile.

    Raises:
        SourceError: the file cannot be read, has no such column, or a row is not what it should be; names file and line.
    """
    seen = False
    with open_input(str(path), directory) as source:
        for line, row in read(source, format_of(str(path)), {fields.id, titles_field, *fields.text}):
            try:
                if isinstance(row, RowError):
                    raise row
                found = check_row(row, fields)
                titles = _titles(titles_field, row.get(titles_field))
            except RowError as error:
                raise SourceError(f"{path}:{line}: {error}") from error
            seen = seen or titles_field in row
            for title in titles:
                if title.casefold() != found.title.casefold():
                    yield Label(title, 1, found.id, found.text, labeller="synthetic", origin=LabelOrigin.SYNTHETIC)
    if not seen:
        raise SourceError(f"{path}: expected a column {titles_field!r} of alternative titles, got none: name it")


def _titles(name: str, value: Any) -> list[str]:
    if isinstance(value, str):
        for separator in _SEPARATORS[1:]:
            value = value.replace(separator, _SEPARATORS[0])
        value = value.splitlines()
    if not isinstance(value, list | tuple | None):
        raise RowError(name, shown(value), "a list of titles, or a text")
    if bad := next((title for title in value or () if not isinstance(title, str)), None):
        raise RowError(name, shown(bad), "a title")
    return list(dict.fromkeys(check_text(name, title.strip()) for title in value or () if title.strip()))
