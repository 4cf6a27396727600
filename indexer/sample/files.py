"""Writes the sample: profiles and job descriptions as JSON Lines, judgements as TREC qrels."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from profilesearch import private
from profilesearch.errors import SourceError

from .judgements import judge
from .person import Person, compose
from .vocabulary import jobs


def check_new(*paths: Path | None) -> None:
    """Check that nothing would be overwritten.

    Raises:
        SourceError: which files are there.
    """
    if present := [str(path) for path in paths if path is not None and path.exists()]:
        raise SourceError(f"expected new files, got {', '.join(present)}: choose other names", code="files_exist")


def write_sample(count: int, seed: int, out: Path, queries: Path | None = None, qrels: Path | None = None) -> None:
    """Write ``count`` profiles, and beside them the job descriptions and judgements that are asked for.

    A file is either written whole or left as it was; its owner alone can read it.

    Raises:
        SourceError: a file cannot be written.
    """
    persons = [compose(number, seed) for number in range(1, count + 1)]
    _write(out, (json.dumps(person.values, ensure_ascii=False) for person in persons))
    if queries is not None:
        _write(queries, (json.dumps({"id": f"q{n:02d}", "text": job.text}) for n, job in enumerate(jobs(), 1)))
    if qrels is not None:
        _write(qrels, _qrels(persons))


def _qrels(persons: list[Person]) -> Iterator[str]:
    for number, job in enumerate(jobs(), 1):
        for id_, grade in judge(job, persons):
            yield f"q{number:02d} 0 {id_} {grade}"


def _write(path: Path, lines: Iterable[str]) -> None:
    aside = path.with_name(path.name + ".tmp")
    try:
        private.make_directory(path.parent)
        with private.create(aside) as file:
            file.writelines(line + "\n" for line in lines)
        aside.replace(path)
    except OSError as error:
        aside.unlink(missing_ok=True)
        raise SourceError(f"{path}: cannot be written: {error.strerror}") from error
