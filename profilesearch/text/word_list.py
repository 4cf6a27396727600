"""Words that no index can know to be equal: Munich and München, PM and product manager. Operators extend the list."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import SettingsError
from ..tags import clean_tag, fold_tag

_OURS = Path(__file__).with_suffix(".toml")


@dataclass(frozen=True)
class WordList:
    """Names of one thing, and abbreviations.

    Attributes:
        equal: for each name in lower case, all names of the same thing.
        abbreviations: for each abbreviation, what it may mean.
    """

    equal: Mapping[str, tuple[str, ...]]
    abbreviations: Mapping[str, tuple[str, ...]]

    @classmethod
    def load(cls, further: Path | None = None) -> "WordList":
        """The list that comes with the program, and what an operator's file of the same form adds.

        Raises:
            SettingsError: the file cannot be read, or is of another form.
        """
        equal, abbreviations = _read(_OURS)
        if further is not None:
            more_equal, more_abbreviations = _read(further)
            equal, abbreviations = [*equal, *more_equal], abbreviations | more_abbreviations
        names = {fold_tag(name): tuple(group) for group in equal for name in group}
        return cls(names, {short: tuple(meanings) for short, meanings in abbreviations.items()})

    def names(self, value: str) -> tuple[str, ...]:
        """A value, and all its other names."""
        return tuple(dict.fromkeys((value, *self.equal.get(fold_tag(value), ()))))

    def are_equal(self, one: str, other: str) -> bool:
        """Whether two values are one."""
        return fold_tag(one) in map(fold_tag, self.names(other))


def _read(path: Path) -> tuple[list[list[str]], dict[str, list[str]]]:
    form = 'equal = [["München", "Munich"]] and [abbreviations] with PM = ["product manager"]'
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError(f"PROFILESEARCH_WORD_LIST: {path} cannot be read: {error}; expected {form}") from None
    equal, abbreviations = table.get("equal", []), table.get("abbreviations", {})
    lists = [*equal, *abbreviations.values()] if isinstance(equal, list) and isinstance(abbreviations, dict) else [None]
    if not all(_are_names(names) for names in lists):
        raise SettingsError(f"PROFILESEARCH_WORD_LIST: {path}: expected {form}")
    return equal, abbreviations


def _are_names(names: Sequence[Any] | None) -> bool:
    if not isinstance(names, list) or not names:
        return False
    try:
        return all(isinstance(name, str) and clean_tag(name) for name in names)
    except ValueError:
        return False
