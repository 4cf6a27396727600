"""The texts that are searched: those of the live version, or of a file."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from more_itertools import chunked

from profilesearch.errors import SourceError
from profilesearch.store import Candidate, Store, VersionRecord

from ..rows import RowError, parse_json

_READ_AT_ONCE = 1000
_LONGEST = 1_000_000
_MOST = 1_000_000


@dataclass(frozen=True)
class Corpus:
    """Texts by id.

    Attributes:
        name: of the corpus.
        ids: one for each text, all different.
        texts: what is embedded.
        labels: what kind each text is of; empty if nobody said.
    """

    name: str
    ids: Sequence[str]
    texts: Sequence[str]
    labels: Sequence[str] = ()


def live_corpus(store: Store, version: VersionRecord) -> Corpus:
    """The profiles of a version; their label is their role, or their first tag field's values."""
    field = "role" if "role" in version.fields.tags else next(iter(version.fields.tags), "")
    ids: list[str] = []
    texts: list[str] = []
    labels: list[str] = []
    for some in chunked(store.profiles.ids(version), _READ_AT_ONCE):
        for hit in store.profiles.read(version, [Candidate(id_, 0.0) for id_ in some]):
            ids.append(hit.id)
            texts.append(hit.text)
            labels.append(", ".join(hit.tags.get(field, ())))
    return Corpus(version.version, ids, texts, labels if any(labels) else ())


def load_corpus(path: Path) -> Corpus:
    """Read a corpus: JSON Lines with ``id``, ``text`` and, where all have one, ``label``.

    Raises:
        SourceError: the file cannot be read, a line is not what it should be, or two have one id; names file and line.
    """
    rows: dict[str, tuple[str, str]] = {}
    for number, row in json_rows(path):
        id_, text, label = str(row.get("id", "")), row.get("text"), row.get("label", "")
        if not id_ or not isinstance(text, str) or not text.strip() or not isinstance(label, str):
            raise SourceError(f"{path}:{number}: expected id, text and perhaps label, all of them texts")
        if id_ in rows:
            raise SourceError(f"{path}:{number}: the id {id_!r} is there twice")
        rows[id_] = text, label
    if not rows:
        raise SourceError(f"{path}: expected texts, got none")
    labels = [label for _, label in rows.values()]
    return Corpus(path.stem, list(rows), [text for text, _ in rows.values()], labels if all(labels) else ())


def json_rows(path: Path) -> list[tuple[int, dict[str, object]]]:
    """The objects of a JSON Lines file with the numbers of their lines.

    Raises:
        SourceError: it cannot be read, or a line is no object, or longer than a million characters.
    """
    rows: list[tuple[int, dict[str, object]]] = []
    try:
        with path.open(encoding="utf-8") as file:
            for number in range(1, _MOST + 2):
                line = file.readline(_LONGEST + 1)
                if not line:
                    return rows
                if len(line) > _LONGEST or number > _MOST:
                    raise SourceError(f"{path}:{number}: expected at most {_MOST:,} lines of {_LONGEST:,} characters")
                if line.strip():
                    rows.append((number, dict(parse_json(line))))
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"{path}: cannot be read: {error}") from error
    except (RowError, TypeError, ValueError) as error:
        raise SourceError(f"{path}:{number}: expected a JSON object: {error}") from None
    return rows
