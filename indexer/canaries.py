"""Canary queries: what a version answers to them, compared with what another one does."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from profilesearch.embedding import Encoder, embeds_texts, precomputed
from profilesearch.errors import BadRow, BadRows, SourceError
from profilesearch.search.live import read_snapshot
from profilesearch.search.pipeline import HITS, SearchPipeline
from profilesearch.search.request import LONGEST_QUERY, SearchRequest
from profilesearch.store import Store, VersionRecord

from .input import open_input
from .rows import RowError, check_text, parse_json, shown

DEPTH = 10
"""Results of a canary query that are compared."""

_LARGEST_FILE = 16 * 1024 * 1024
_PATIENCE_SECONDS = 10.0  # a build has its lock by now

MOST = 20
"""Canary queries that are compared, at the most."""


@dataclass(frozen=True)
class CanaryComparison:
    """One query's answers in two versions.

    Attributes:
        overlap: share of the first version's ten results that the second has among its ten.
        gone, new: ids that only the first, only the second has.
        headlines: of all these ids.
    """

    query: str
    overlap: float
    gone: tuple[str, ...]
    new: tuple[str, ...]
    headlines: dict[str, str]


def load_canaries(path: Path | None, store: Store) -> list[str]:
    """The queries in a file of JSON Lines with ``text``, or the latest that the web app was asked.

    Raises:
        BadRows: a line has no text, or one that is too long.
        SourceError: the file cannot be read.
    """
    if path is None:
        return store.recent.all()[:MOST]
    with open_input(str(path), Path(tempfile.gettempdir()), _PATIENCE_SECONDS) as source:
        data = source.file.read(_LARGEST_FILE + 1)
    if len(data) > _LARGEST_FILE:
        raise SourceError(f"{path}: expected queries of at most {_LARGEST_FILE:,} bytes, got more")
    lines = data.rstrip(b"\n").split(b"\n")
    return [_query(line, str(path), number) for number, line in enumerate(lines, 1)]


def _query(line: bytes, file: str, number: int) -> str:
    try:
        query = check_text("text", parse_json(line)["text"])
    except (RowError, KeyError, TypeError, AttributeError):
        query = ""
    if query.strip() and len(query) <= LONGEST_QUERY:
        return query
    expected = f"a JSON object with a text of 1 to {LONGEST_QUERY} characters"
    raise BadRows([BadRow(file, number, "text", shown(line.decode(errors="replace")), expected)], 1)


def answered(encoder: Encoder, queries: Sequence[str]) -> list[str]:
    """Those of some queries that a model has vectors for."""
    if embeds_texts(encoder.name):
        return list(queries)
    known = precomputed(encoder)
    return [query for query in queries if known is not None and known.known(query) is not None]


def compare_versions(
    store: Store, before: tuple[VersionRecord, Encoder], after: tuple[VersionRecord, Encoder], queries: Sequence[str]
) -> list[CanaryComparison]:
    """What each query finds in two versions, each asked as the page asks by default."""
    answers = [_answers(store, record, encoder, queries) for record, encoder in (before, after)]
    return [_comparison(query, old, new) for query, old, new in zip(queries, *answers, strict=True)]


def _comparison(query: str, old: Mapping[str, str], new: Mapping[str, str]) -> CanaryComparison:
    """From the ids that two versions find, with their headlines."""
    gone, fresh = tuple(id_ for id_ in old if id_ not in new), tuple(id_ for id_ in new if id_ not in old)
    overlap = 1 - len(gone) / len(old) if old else float(not new)
    headlines = {id_: headline for id_, headline in {**old, **new}.items() if id_ in (*gone, *fresh)}
    return CanaryComparison(query, overlap, gone, fresh, headlines)


def _answers(store: Store, record: VersionRecord, encoder: Encoder, queries: Sequence[str]) -> list[dict[str, str]]:
    """For each query, the ids found and their headlines, nearest first."""
    pipeline = SearchPipeline(encoder, store)
    snapshot = read_snapshot(store, record)
    return [
        {hit.id: hit.title for hit in pipeline.run(HITS, SearchRequest(query, k=DEPTH), snapshot).hits}
        for query in queries
    ]


def mean_overlap(comparisons: Sequence[CanaryComparison]) -> float:
    """Mean overlap@10; 1 if there is nothing to compare."""
    return sum(comparison.overlap for comparison in comparisons) / len(comparisons) if comparisons else 1.0
