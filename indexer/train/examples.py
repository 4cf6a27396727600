"""Training examples: a query, texts that fit it, and texts that do not, in the JSON Lines that FlagEmbedding reads.

One example a line: ``{"query": "…", "pos": ["…"], "neg": ["…"], "group": "…"}``. FlagEmbedding
(https://github.com/FlagOpen/FlagEmbedding) and sentence-transformers read the first three; ``group`` names whom or what the
example is about, so that two examples of one person or occupation are never taken for each other's negatives.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from profilesearch.errors import SourceError

LONGEST_TEXT = 100_000
"""Characters of one text, at the most."""

_LARGEST_LINE = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Example:
    """What a model is to learn of one query.

    Attributes:
        query: the text that is searched for.
        positives: texts that fit, one or more.
        negatives: texts that do not fit, none or more.
        group: whom or what it is about; the query itself where a file does not say.
    """

    query: str
    positives: tuple[str, ...]
    negatives: tuple[str, ...] = ()
    group: str = ""

    @property
    def key(self) -> str:
        """What tells apart examples that may not be each other's negatives."""
        return self.group or self.query


def read_examples(path: Path) -> list[Example]:
    """Read a file of examples.

    Raises:
        SourceError: it cannot be read, has no example, or a line is not one; names file and line.
    """
    try:
        with path.open("rb") as file:
            examples = list(_examples(file, path))
    except OSError as error:
        raise SourceError(f"{path}: cannot be read: {error}") from error
    if not examples:
        raise SourceError(f"{path}: expected an example, got an empty file")
    return examples


def _examples(file: Any, path: Path) -> Iterator[Example]:
    number = 0
    while line := file.readline(_LARGEST_LINE + 1):
        number += 1
        if len(line) > _LARGEST_LINE:
            raise SourceError(f"{path}:{number}: expected a line of at most {_LARGEST_LINE:,} bytes")
        if line.strip():
            yield _example(line, f"{path}:{number}")


def _example(line: bytes, place: str) -> Example:
    try:
        row = json.loads(line)
        query, positives, negatives = row["query"], tuple(row["pos"]), tuple(row.get("neg") or ())
        group = str(row.get("group") or "")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise SourceError(
            f'{place}: expected {{"query": "…", "pos": ["…"], "neg": ["…"]}}, got {line[:80]!r}'
        ) from None
    texts = (query, *positives, *negatives)
    if not positives or not all(isinstance(text, str) and 0 < len(text.strip()) <= LONGEST_TEXT for text in texts):
        raise SourceError(
            f"{place}: expected a query and one or more texts in pos, each of 1 to {LONGEST_TEXT:,} characters"
        )
    return Example(query, positives, negatives, group)


def write_examples(path: Path, examples: Iterable[Example]) -> int:
    """Write examples whole or not at all; how many."""
    return write_lines(
        path,
        (
            json.dumps(
                {"query": example.query, "pos": example.positives, "neg": example.negatives, "group": example.group},
                ensure_ascii=False,
            )
            for example in examples
        ),
    )


def write_lines(path: Path, lines: Iterable[str]) -> int:
    """Write lines whole or not at all, and leave nothing beside them; how many."""
    count = 0
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        with unfinished.open("w", encoding="utf-8") as file:
            for line in lines:
                file.write(f"{line}\n")
                count += 1
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    return count


def digest_of(examples: Sequence[Example]) -> str:
    """A digest of examples in their order: 16 hexadecimal digits of SHA-256."""
    digest = hashlib.sha256()
    for example in examples:
        digest.update(json.dumps([example.query, example.positives, example.negatives, example.group]).encode())
    return digest.hexdigest()[:16]
