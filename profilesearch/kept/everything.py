"""All that one owner keeps, as a file of lines: each stands alone, so that a part of the lines is such a file, too."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, TypeAdapter

from ..errors import InvalidRequest
from ..labels import InvalidLabel, Label
from .bounds import checked
from .saved_search import SAVED_SEARCH, SavedSearch
from .shortlist import SHORTLIST, Shortlist

MOST_SHORTLISTS = 200
MOST_SEARCHES = 100
MOST_LABELS = 200_000
"""That one owner may have."""

FORMAT = "profile-search-kept-2"
"""The first line says it."""

_ONE_OBJECT = b"profile-search-kept-1"
"""The format of files that hold one object, which are read as well."""


@dataclass(frozen=True)
class Kept:
    """All that one owner keeps, or a part of it."""

    shortlists: tuple[Shortlist, ...] = ()
    searches: tuple[SavedSearch, ...] = ()
    labels: tuple[Label, ...] = ()

    @classmethod
    def read(cls, data: bytes) -> "Kept":
        """What a file holds.

        Raises:
            InvalidRequest: it is no such file; names the line and the field at fault.
        """
        try:
            if _ONE_OBJECT in data[:200]:
                whole = checked(_OBJECT, data)
                return cls(whole.shortlists, whole.searches, whole.labels)
            lines = [_line(line, number) for number, line in enumerate(data.splitlines(), 1) if line.strip()]
        except InvalidLabel as error:
            raise InvalidRequest("labels", f"labels: {error}") from None
        if not lines:
            raise InvalidRequest("body", "body: expected a file of what is kept, got nothing")
        kept = cls(
            tuple(line.shortlist for line in lines if line.shortlist is not None),
            tuple(line.search for line in lines if line.search is not None),
            tuple(line.label for line in lines if line.label is not None),
        )
        for name, values, most in (
            ("shortlists", kept.shortlists, MOST_SHORTLISTS),
            ("searches", kept.searches, MOST_SEARCHES),
            ("labels", kept.labels, MOST_LABELS),
        ):
            if len(values) > most:
                raise InvalidRequest(name, f"{name}: expected at most {most:,}, got {len(values):,}")
        return kept


def file_lines(
    shortlists: Iterable[Shortlist], searches: Iterable[SavedSearch], labels: Iterable[Label]
) -> Iterator[bytes]:
    """The lines of a file, each when it is asked for."""
    yield b'{"format":"' + FORMAT.encode() + b'"}\n'
    for shortlist in shortlists:
        yield b'{"shortlist":' + SHORTLIST.dump_json(shortlist) + b"}\n"
    for search in searches:
        yield b'{"search":' + SAVED_SEARCH.dump_json(search) + b"}\n"
    for label in labels:
        yield b'{"label":' + _LABEL.dump_json(label) + b"}\n"


@dataclass(frozen=True)
class _Line:
    __pydantic_config__ = ConfigDict(extra="forbid")
    format: Literal["profile-search-kept-2"] | None = None
    shortlist: Shortlist | None = None
    search: SavedSearch | None = None
    label: Label | None = None


@dataclass(frozen=True)
class _Object:
    __pydantic_config__ = ConfigDict(extra="forbid")
    format: Literal["profile-search-kept-1"]
    shortlists: Annotated[tuple[Shortlist, ...], Field(max_length=MOST_SHORTLISTS)] = ()
    searches: Annotated[tuple[SavedSearch, ...], Field(max_length=MOST_SEARCHES)] = ()
    labels: Annotated[tuple[Label, ...], Field(max_length=MOST_LABELS)] = ()


_LINE, _OBJECT, _LABEL = TypeAdapter(_Line), TypeAdapter(_Object), TypeAdapter(Label)


def _line(data: bytes, number: int) -> _Line:
    line = checked(_LINE, data, f"line {number}")
    if line == _Line():
        raise InvalidRequest(f"line {number}", f"line {number}: expected a shortlist, a search or a label, got none")
    return line
