"""Words that no index can know to be equal: Munich and München, PM and product manager. Operators extend the list."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import SettingsError
from ..tags import clean_tag, fold_tag
from .role_names import Roles

_OURS = Path(__file__).with_suffix(".toml")
_FORM = (
    'equal = [["München", "Munich"]], roles = [{en = ["nurse"], de = ["Krankenpfleger"]}] '
    'and [abbreviations] with PM = ["product manager"]'
)


@dataclass(frozen=True)
class WordList:
    """Names of one thing, and abbreviations.

    Attributes:
        equal: for each name in lower case, all names of the same thing.
        abbreviations: for each abbreviation, what it may mean.
        roles: what jobs are called in several languages.
    """

    equal: Mapping[str, tuple[str, ...]]
    abbreviations: Mapping[str, tuple[str, ...]]
    roles: Roles = ()

    @classmethod
    def load(cls, further: Path | None = None) -> "WordList":
        """The list that comes with the program, and what an operator's file of the same form adds and says otherwise.

        Raises:
            SettingsError: the file cannot be read, or is of another form.
        """
        ours = _read(_OURS)
        if further is not None:
            more = _read(further)
            ours = _File(
                [*ours.equal, *more.equal], ours.abbreviations | more.abbreviations, [*more.roles, *ours.roles]
            )
        names = {fold_tag(name): tuple(group) for group in ours.equal for name in group}
        return cls(names, {short: tuple(meanings) for short, meanings in ours.abbreviations.items()}, ours.roles)

    def names(self, value: str) -> tuple[str, ...]:
        """A value, and all its other names."""
        return tuple(dict.fromkeys((value, *self.equal.get(fold_tag(value), ()))))

    def are_equal(self, one: str, other: str) -> bool:
        """Whether two values are one."""
        return fold_tag(one) in map(fold_tag, self.names(other))


@dataclass(frozen=True)
class _File:
    equal: list[list[str]]
    abbreviations: dict[str, list[str]]
    roles: list[dict[str, list[str]]]


def _read(path: Path) -> _File:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError(f"PROFILESEARCH_WORD_LIST: {path} cannot be read: {error}; expected {_FORM}") from None
    file = _File(table.get("equal", []), table.get("abbreviations", {}), table.get("roles", []))
    if not (_are_lists(file.equal) and _is_table(file.abbreviations) and _are_tables(file.roles)):
        raise SettingsError(f"PROFILESEARCH_WORD_LIST: {path}: expected {_FORM}")
    return file


def _are_tables(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_table, value))


def _is_table(value: object) -> bool:
    return isinstance(value, dict) and _are_lists(list(value.values()))


def _are_lists(value: object) -> bool:
    return isinstance(value, list) and all(map(_are_names, value))


def _are_names(names: Any) -> bool:
    if not isinstance(names, list) or not names:
        return False
    try:
        return all(isinstance(name, str) and clean_tag(name) for name in names)
    except ValueError:
        return False
