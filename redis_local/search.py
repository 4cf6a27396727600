"""FT.SEARCH: which documents it finds, and their order.

Source: https://redis.io/docs/latest/commands/ft.search/
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import numpy.typing as npt

from .arguments import text
from .columns import Floats
from .errors import CommandError
from .index import Index
from .languages import CHINESE
from .query.chinese import segmented
from .query.classic_scorers import ClassicScorer
from .query.evaluator import Evaluator, Matches
from .query.lookup import Options
from .query.nearness import nearby
from .query.nodes import And, Circle, Knn, Node, Range, VectorRange, walk
from .query.parser import parse
from .query.score_notes import ScoreNotes
from .query.scorer import Scorer
from .query_options import TANH_FACTOR, QueryOptions
from .resp import Reply
from .search_options import SearchOptions
from .sorting import sort_key, sort_order, sort_values


def parse_query(index: Index, query: bytes, dialect: int, stopwords: frozenset[bytes] | None = None) -> Node:
    """Parse a query for an index, with its stop words or others, and check the names its distances would take."""
    node = parse(query, dialect, index.vocabulary.stopwords if stopwords is None else stopwords)
    for name in yields_of(node) if b"[" in query else ():  # no vector without it
        if index.column(name) is not None:
            raise CommandError(f"Property `{text(name)}` already exists in schema")
    return node


def scorer(evaluator: Evaluator, name: str, tanh_factor: int = TANH_FACTOR) -> Scorer | ClassicScorer:
    """The scorer of that name for an evaluated query."""
    if name.startswith("BM25STD"):
        return Scorer(evaluator, name, tanh_factor)
    return ClassicScorer(evaluator, name)


def query_node(index: Index, options: QueryOptions) -> Node:
    """The query as the options have it read.

    Raises:
        CommandError: the query is wrong.
    """
    node = parse_query(index, options.query, options.dialect, frozenset() if options.nostopwords else None)
    if (options.language or index.definition.language) == CHINESE and not options.verbatim:
        node = _filtered(node, segmented)
    if options.slop is not None or options.in_order:
        node = _filtered(node, partial(nearby, slop=options.slop, in_order=options.in_order))
    return node


def _filtered(node: Node, change: Callable[[Node], Node]) -> Node:
    """The query changed; of a KNN its filter."""
    return replace(node, filter=change(node.filter)) if isinstance(node, Knn) else change(node)


def yields_of(node: Node) -> list[bytes]:
    """The names of the distances that a query yields."""
    vectors = [each for each in walk(node) if isinstance(each, Knn | VectorRange)]
    return [each.yields for each in vectors if each.yields is not None]


@dataclass(frozen=True)
class Found:
    """An evaluated search, before any hash is read."""

    evaluator: Evaluator
    total: int
    rows: npt.NDArray[np.intp]
    yields: dict[bytes, Floats]
    scores: Floats | None
    sort_keys: list[bytes | None] | None
    notes: list[Reply] | None = None


@dataclass(frozen=True)
class Match:
    """A query that was evaluated: its node, what it found, and the evaluator, which scores need too."""

    node: Node
    evaluator: Evaluator
    matches: Matches


def match_query(index: Index, options: QueryOptions, node: Node, filters: Sequence[Range | Circle] = ()) -> Match:
    """Evaluate a query, from :func:`query_node`, all but its order.

    Raises:
        CommandError: the query is wrong.
    """
    if filters:
        node = _with_filters(node, filters)
    evaluator = Evaluator(index, read_as(options), node)
    return Match(node, evaluator, _within_keys(index, evaluator.run(), options.inkeys))


def read_as(options: QueryOptions) -> Options:
    """How the words of a query are read."""
    return Options(
        options.params,
        options.verbatim,
        options.infields,
        options.language,
        stems=options.expander in ("DEFAULT", "SBSTEM"),
        synonyms=options.expander in ("DEFAULT", "SYNONYM"),
        sounds=options.expander in ("DEFAULT", "PHONETIC"),
    )


def execute(index: Index, options: SearchOptions) -> Found:
    """Evaluate, order and cut a search.

    Raises:
        CommandError: the query or the sort field is wrong.
    """
    index.drop_expired()
    index.searches += 1
    node = query_node(index, options)
    if options.sort_by is not None and index.column(options.sort_by) is None and options.sort_by not in yields_of(node):
        raise CommandError(f"Property `{text(options.sort_by)}` not loaded nor in schema")
    found = match_query(index, options, node, options.filters)
    scores_of = scorer(found.evaluator, options.scorer, options.tanh_factor)
    matches, scores, keys = _ordered(index, scores_of, found, options)
    window = slice(options.offset, options.offset + options.limit)
    notes = None
    if options.explain_score:
        highest = scores_of.highest if isinstance(scores_of, Scorer) else 0.0
        explained = ScoreNotes(found.evaluator, options.scorer, options.tanh_factor, highest)
        notes = [explained.of(found.node, row) for row in matches.rows[window].tolist()]
    return Found(
        found.evaluator,
        len(matches.rows),
        matches.rows[window],
        {name: values[window] for name, values in matches.yields.items()},
        None if scores is None else scores[window],
        None if keys is None else keys[window],
        notes,
    )


def _with_filters(node: Node, filters: Sequence[Range | Circle]) -> Node:
    return _filtered(node, lambda inner: And(0, (inner, *filters)))


def _within_keys(index: Index, matches: Matches, keys: list[bytes] | None) -> Matches:
    if keys is None:
        return matches
    wanted = [row for key in keys if (row := index.row(key)) is not None]
    return _taken(matches, np.flatnonzero(np.isin(matches.rows, wanted)))


def _taken(matches: Matches, positions: npt.NDArray[np.intp]) -> Matches:
    return Matches(matches.rows[positions], {name: values[positions] for name, values in matches.yields.items()})


def _ordered(
    index: Index, scores_of: Scorer | ClassicScorer, match: Match, options: SearchOptions
) -> tuple[Matches, Floats | None, list[bytes | None] | None]:
    node, matches = match.node, match.matches
    nearest_first = isinstance(node, Knn) and options.sort_by == node.yields and not options.descending
    if nearest_first and not (options.with_scores or options.with_sort_keys):
        return matches, None, None
    if options.sort_by is not None:
        if options.sort_by in matches.yields:
            values: list[float | bytes | None] = [float(v) for v in matches.yields[options.sort_by]]
        else:
            values = sort_values(index, options.sort_by, matches.rows)
        order = sort_order(values, index.numbers[matches.rows], options.descending)
        keys = [sort_key(values[position]) for position in order] if options.with_sort_keys else None
        scores = scores_of.scores(node, matches.rows[order]) if options.with_scores else None
        return _taken(matches, order), scores, keys
    plain = options.scorer == "BM25STD" and not index.text_columns()
    if plain and not options.with_scores:  # without words every document scores the same
        order = np.argsort(index.numbers[matches.rows], kind="stable")
        return _taken(matches, order), None, [None] * len(order)
    scores = scores_of.scores(node, matches.rows)
    order = np.lexsort((index.numbers[matches.rows], -scores))
    return _taken(matches, order), scores[order], [None] * len(order)
