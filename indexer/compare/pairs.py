"""Questions and answers: is each answer nearest to its own question?"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from profilesearch.embedding import CachedEncoder
from profilesearch.errors import SourceError
from profilesearch.vectors import Vectors

from .corpus import json_rows
from .similarity import Separation

EXAMPLE = Path(__file__).parent / "pairs_example.jsonl"
_MOST = 5000


@dataclass(frozen=True)
class Pairs:
    """Questions, and the answer to each in the same place."""

    questions: Sequence[str]
    answers: Sequence[str]


@dataclass(frozen=True)
class Matched:
    """What a model makes of them.

    Attributes:
        model: its name.
        matrix: ``(n, n)`` float32 cosines, questions down and answers across; right ones are on the diagonal.
        separation: the diagonal against everything else.
        first: share of the questions whose own answer is the nearest.
    """

    model: str
    matrix: Vectors
    separation: Separation
    first: float


def load_pairs(path: Path) -> Pairs:
    """Read ``question`` and ``answer`` from JSON Lines, or from CSV if the name ends so.

    Raises:
        SourceError: the file cannot be read, a line lacks one of them, or there are fewer than 2 or more than 5,000.
    """
    rows = _csv_rows(path) if path.suffix.lower() == ".csv" else json_rows(path)
    questions, answers = [], []
    for number, row in rows:
        question, answer = row.get("question"), row.get("answer")
        if not (isinstance(question, str) and isinstance(answer, str) and question.strip() and answer.strip()):
            raise SourceError(f"{path}:{number}: expected a question and an answer, both of them texts")
        questions.append(question)
        answers.append(answer)
    if not 2 <= len(questions) <= _MOST:
        raise SourceError(f"{path}: expected 2 to {_MOST:,} questions with answers, got {len(questions)}")
    return Pairs(questions, answers)


def _csv_rows(path: Path) -> list[tuple[int, dict[str, object]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows: list[tuple[int, dict[str, object]]] = []
            for row in csv.DictReader(file):
                rows.append((len(rows) + 2, {str(name): value for name, value in row.items()}))
                if len(rows) > _MOST:
                    break
            return rows
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SourceError(f"{path}: cannot be read: {error}") from error


def match(pairs: Pairs, model: str, encoder: CachedEncoder) -> Matched:
    """Compare every question with every answer."""
    matrix = encoder.encode_queries(pairs.questions) @ encoder.encode_documents(pairs.answers).T
    own = np.eye(len(matrix), dtype=bool)
    return Matched(
        model=model,
        matrix=np.asarray(matrix, np.float32),
        separation=Separation.of(matrix[own], matrix[~own]),
        first=float((matrix.argmax(axis=1) == np.arange(len(matrix))).mean()),
    )
