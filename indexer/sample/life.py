"""What is decided about a person before any sentence is written."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from .vocabulary import Duty, Role, people

THIS_YEAR = 2026


@dataclass
class Life:
    """What is decided about a person before any sentence is written."""

    chance: random.Random
    role: Role
    years: int
    city: str
    language: str
    company: str
    subject: str
    former: Role
    duties: list[Duty] = field(default_factory=list)
    won: list[str] = field(default_factory=list)
    know: list[str] = field(default_factory=list)
    tools: list[str] = field(default_factory=list)

    def next_duty(self) -> Duty:
        if not self.duties:
            self.duties = shuffled(self.chance, self.role.duties)
        return self.duties.pop()


def company(chance: random.Random, role: Role) -> str:
    common = people()
    endings = common["houses"].get(role.field, common["suffixes"])
    return str(chance.choice(common["companies"])) + str(chance.choice(endings))


def shuffled(chance: random.Random, items: Sequence[Any]) -> list[Any]:
    return chance.sample(items, len(items))
