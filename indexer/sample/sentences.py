"""The sentences of a profile, from what is decided about a person."""

from collections.abc import Sequence

from .life import THIS_YEAR, Life, company, shuffled
from .vocabulary import Role, people, roles

_LEAST_WORDS, _MOST_WORDS = 80, 250
_SMALL = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_DEGREES = ("BSc", "BA", "MSc", "MA", "Diploma", "Bachelor", "Master", "PhD")


def _fill(life: Life, template: str, **more: str) -> str:
    """A template with this person's words; a capital in a name asks for a capital in the text."""
    chance, common = life.chance, people()
    know = shuffled(chance, life.role.know)
    industries = chance.sample(common["workplaces"].get(life.role.field, common["industries"]), 2)
    words = {
        "role": _with_article(life.role.title),
        "title": life.role.title,
        "also": chance.choice(life.role.also),
        "years": _number(life.years),
        "know": know[0],
        "know2": know[1],
        "know3": know[2],
        "tool": life.tools[0],
        "tool2": life.tools[1],
        "company": life.company,
        "city": life.city,
        "city2": chance.choice(common["cities"])[0],
        "industry": industries[0],
        "industry2": industries[1],
        "former": life.former.title,
        "subject": life.subject,
        **({"do": life.next_duty().doing} if "{do}" in template.lower() or "{do2}" in template else {}),
        **({"do2": life.next_duty().doing} if "{do2}" in template else {}),
        **more,
    }
    if template.startswith("{former}"):
        words["former"] = words["former"].capitalize()
    capitals = {name.capitalize(): _capital(word) for name, word in words.items()}
    return _figures(life, template.format_map(words | capitals))


def _figures(life: Life, text: str) -> str:
    """Fill in the numbers of an achievement."""
    chance = life.chance
    while "{n}" in text:
        text = text.replace("{n}", _number(chance.choice((3, 4, 5, 6, 7, 8, 9, 11, 12, 14, 16, 18, 22))), 1)
    text = text.replace("{pct}", str(chance.randint(8, 64))).replace("{months}", _number(chance.randint(2, 14)))
    return text.replace("{money}", chance.choice(("€", "£", "$", "CHF ")) + chance.choice(_AMOUNTS))


_AMOUNTS = (
    "140,000",
    "220,000",
    "350,000",
    "480,000",
    "600,000",
    "900,000",
    "1.2 million",
    "1.8 million",
    "2.5 million",
    "3 million",
    "4.4 million",
    "6 million",
    "11 million",
)


def headline(life: Life) -> str:
    former = f"former {life.former.title}" if life.former is not life.role else life.know[0]
    return _capital(_fill(life, life.chance.choice(people()["headlines"]), former=former))


def about(life: Life) -> str:
    chance, common = life.chance, people()
    former = _with_article(life.former.title) if life.former is not life.role else life.subject
    parts = [_fill(life, chance.choice(common["openings"]), former=f"work as {former}")]
    middle = [_fill(life, each) for each in chance.sample(common["doing"], chance.randint(1, 3))]
    middle += [_fill(life, each) for each in chance.sample(common["knowing"], chance.randint(0, 1))]
    middle += chance.sample(common["boilerplate"], chance.choice((0, 1, 1, 2)))
    if chance.random() < 0.3:
        middle.append(f"I {_figures(life, life.won.pop())}.")
    if chance.random() < 0.75:
        middle.append(_beside(life))
    chance.shuffle(middle)
    return " ".join(part for part in (*parts, *middle, chance.choice(common["closing"])) if part)


def _beside(life: Life) -> str:
    """Work with somebody in a role that is easily confused with this one."""
    near = roles()[life.chance.choice(life.role.near)]
    duty = life.chance.choice(near.duties)
    template = life.chance.choice(people()["beside"])
    return _fill(life, template, near=near.title, nearly=duty.doing, neardid=duty.did)


def experience(life: Life, jobs: Sequence[tuple[str, int, int]], words: int) -> str:
    """One line a job; enough of them for the text to be neither short nor long."""
    lines: list[str] = []
    for position, (title, start, end) in enumerate(jobs):
        line = _job(life, roles()[title], start, end)
        if lines and words + len(line.split()) > _MOST_WORDS:
            break
        if lines and words > 150 and life.chance.random() < 0.5:
            break
        lines.append(line)
        words += len(line.split())
        if position == 3:
            break
    while words < _LEAST_WORDS:
        line = _capital(life.next_duty().did) + "."
        lines[-1] += " " + _figures(life, line)
        words += len(line.split())
    return "\n".join(lines)


def _job(life: Life, role: Role, start: int, end: int) -> str:
    chance = life.chance
    present = end == THIS_YEAR
    did = [duty.did for duty in shuffled(chance, role.duties)]
    won = life.won.pop() if role is life.role and life.won else chance.choice(role.won)
    title = role.title if chance.random() < 0.7 else chance.choice(role.also)
    template = chance.choice([t for t in people()["jobs"] if not (present and "until {to}" in t)])
    return _capital(
        _fill(
            life,
            template,
            title=title,
            atitle=_with_article(title),
            company=life.company if present else company(chance, role),
            city=life.city if present else chance.choice(people()["cities"])[0],
            did=did[0],
            did2=did[1],
            did3=did[2],
            won=won,
            to="today" if present else str(end),
            **{"from": str(start)},
        )
    )


def education(life: Life) -> str:
    year = str(THIS_YEAR - life.years - life.chance.randint(0, 2))
    return _fill(
        life,
        life.chance.choice(people()["schools"]),
        degree=life.chance.choice(_DEGREES),
        year=year,
        city=life.chance.choice(people()["cities"])[0],
    )


def _with_article(title: str) -> str:
    vowel_sound = title[0] in "aeioAEIO" or title.split()[0] in (
        "HR",
        "SEO",
        "SDR",
        "SRE",
        "ML",
        "EA",
        "L&D",
        "MLOps",
        "AML",
    )
    return f"{'an' if vowel_sound else 'a'} {title}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _number(number: int) -> str:
    return "one" if number == 1 else _SMALL[number - 2] if 2 <= number <= 12 else str(number)
