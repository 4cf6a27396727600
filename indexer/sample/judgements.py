"""Who fits which job description.

Grade 2: has the role now. Grade 1: has a role of its kin now, or had the role before. Grade 0: has a role that is
merely near, the people whom a search confuses. Everybody else is not judged.
"""

from collections.abc import Iterable, Iterator

from .person import Person
from .vocabulary import Job, roles


def judge(job: Job, persons: Iterable[Person]) -> Iterator[tuple[str, int]]:
    """Ids of the judged people with their grades."""
    role = roles()[job.role]
    for person in persons:
        now, before = person.career[0], person.career[1:]
        if now == role.title:
            yield person.id, 2
        elif now in role.kin or role.title in before:
            yield person.id, 1
        elif now in role.near:
            yield person.id, 0
