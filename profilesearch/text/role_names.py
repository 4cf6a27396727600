"""What jobs are called in several languages: who types Krankenpfleger means a nurse."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..tags import fold_tag

Roles = Sequence[Mapping[str, Sequence[str]]]
"""For each job its names, by the language they are in (ISO 639-1)."""

_NO_SPACES = 0x2E80
"""Characters from this one on are of scripts that put no spaces between words (CJK)."""


@dataclass(frozen=True)
class RoleName:
    """A job's name that a text has.

    Attributes:
        name: as it stands in the text.
        language: an ISO 639-1 code.
        others: what the job is called in other languages.
    """

    name: str
    language: str
    others: tuple[str, ...]


class RoleNames:
    """Finds them.

    Args:
        roles: the jobs. Of a name that stands in several places, the first counts.
    """

    def __init__(self, roles: Roles) -> None:
        self._known: dict[str, RoleName] = {}
        for role in roles:
            for language, names in role.items():
                others = tuple(name for code, several in role.items() if code != language for name in several)
                for name in names:
                    self._known.setdefault(fold_tag(name), RoleName(name, language, others))
        longest_first = sorted(self._known, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(_whole, longest_first)) or "(?!)", re.IGNORECASE)

    def find(self, text: str) -> list[RoleName]:
        """The names that a text has, in its order and as it writes them, each once."""
        names = dict.fromkeys(match[0] for match in self._pattern.finditer(text))
        known = [(name, self._known.get(fold_tag(name))) for name in names]
        return [RoleName(name, role.language, role.others) for name, role in known if role is not None]


def _whole(name: str) -> str:
    """A pattern for a name that is no part of a longer word."""
    before, after = ("" if ord(edge) >= _NO_SPACES else r"\w" for edge in (name[0], name[-1]))
    return (rf"(?<!{before})" if before else "") + re.escape(name) + (rf"(?!{after})" if after else "")
