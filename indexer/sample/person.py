"""Composes one person: a role, a life with earlier jobs, and the sentences that tell of it."""

import random
from dataclasses import dataclass
from typing import Any

from .life import THIS_YEAR, Life, company, shuffled
from .sentences import about, education, experience, headline
from .vocabulary import Role, people, roles

_SENIORITIES = ("junior", "mid", "senior", "lead")


@dataclass(frozen=True)
class Person:
    """A profile before it is written, and the roles of the person's career, the present one first."""

    id: str
    values: dict[str, Any]
    career: tuple[str, ...]


def compose(number: int, seed: int) -> Person:
    """Person number so and so of a sample; each depends on the seed and the number alone."""
    chance = random.Random(f"{seed}/{number}")
    titles = list(roles())
    role = roles()[titles[(number + chance.randrange(len(titles))) % len(titles)]]
    life = _live(chance, role)
    jobs = _career(life)
    values = {
        "id": f"p{number:06d}",
        "headline": headline(life),
        "about": about(life),
        "experience": "",
        "education": education(life),
        "skills": ", ".join([*life.know[:4], *life.tools[: chance.randint(3, 5)]]),
        "role": role.title,
        "field": role.field,
        "location": life.city,
        "seniority": _SENIORITIES[min(3, max(0, (life.years + chance.randint(-2, 2)) // 5))],
        "languages": _languages(life),
        "years": life.years,
    }
    values["experience"] = experience(life, jobs, _words(values))
    return Person(str(values["id"]), values, tuple(title for title, _, _ in jobs))


def _live(chance: random.Random, role: Role) -> Life:
    common = people()
    city, language = chance.choice(common["cities"])
    former = roles()[chance.choice([*role.kin, *role.kin, *role.near, chance.choice(list(roles()))])]
    subjects = common["subjects"].get(role.field, common["subjects"]["projects"])
    subject = chance.choice(subjects if chance.random() < 0.9 else chance.choice(list(common["subjects"].values())))
    life = Life(
        chance, role, min(35, int(chance.triangular(1, 30, 7))), city, language, company(chance, role), subject, former
    )
    life.won = shuffled(chance, role.won)
    life.know, life.tools = shuffled(chance, role.know), shuffled(chance, role.tools)
    return life


def _career(life: Life) -> list[tuple[str, int, int]]:
    """Jobs as (role, from, to), the present one first, without gaps."""
    chance, end = life.chance, THIS_YEAR
    begin = end - life.years
    jobs: list[tuple[str, int, int]] = []
    title = life.role.title
    while end > begin and len(jobs) < 4:
        start = max(begin, end - chance.randint(2, 7)) if len(jobs) < 3 else begin
        jobs.append((title, start, end))
        end = start
        title = life.role.title if chance.random() < 0.55 else life.former.title
    return jobs


def _languages(life: Life) -> list[str]:
    further = [each for each in people()["other_languages"] if each != life.language]
    return list(
        dict.fromkeys(
            [
                life.language,
                *(["English"] if life.chance.random() < 0.7 else []),
                *life.chance.sample(further, life.chance.choice((0, 0, 1, 2))),
            ]
        )
    )


def _words(values: dict[str, Any]) -> int:
    return sum(len(str(values[name]).split()) for name in ("headline", "about", "education", "skills"))
