"""Runs both sides, combines them, and runs the steps over the combined rows."""

import time
from dataclasses import dataclass

import numpy as np

from ..arguments import text
from ..columns import Floats, VectorColumn
from ..errors import CommandError
from ..feed import Feed
from ..index import Index
from ..pipeline.properties import check_properties
from ..pipeline.run import run_steps
from ..pipeline.steps import Arrange, Load
from ..pipeline.table import KEY, Row, Table
from ..query.evaluator import Evaluator, Matches
from ..query.lookup import Options
from ..query.nodes import And, Everything, Knn, Node, Param, VectorRange, Weighted, walk
from ..resp import Reply
from ..search import parse_query, scorer
from .fusion import Ranking, fused
from .options import HybridOptions, Nearest, VectorSide, Within

SCORE = b"__score"
"""The property that holds the combined score where it was given no other name."""

_DIALECT = 2
_HIDDEN = b"__vector_similarity"


async def hybrid(feed: Feed, options: HybridOptions, protocol: int) -> Reply:
    """Run FT.HYBRID and read the hashes it returns.

    Raises:
        CommandError: a query, a field, a property or an option is wrong.
    """
    started = time.perf_counter()
    index = feed.index
    index.drop_expired()
    index.searches += 1
    found = _found(index, options)
    table = await _loaded(feed, options, found)
    table = await run_steps(feed, options.steps, table)
    return {
        "total_results": table.total,
        "results": table.contents(),
        "warnings": [] if table.warning is None else [table.warning],
        "execution_time": (time.perf_counter() - started) * 1000,
    }


@dataclass(frozen=True)
class _Found:
    """Both sides and their combination; the latter in the order in which the first step wants its rows."""

    text: Ranking
    vector: Ranking
    combined: Ranking


def _found(index: Index, options: HybridOptions) -> _Found:
    node, filter_ = _text_query(index, options.text.query), _filter(index, options.vector)
    column = _column(index, options.vector)
    _check_names(index, options)
    words = _text_ranking(index, node, options)
    near = _vector_ranking(index, column, filter_, options)
    return _Found(words, near, _ordered(index, fused(options.combine, words, near), options))


# ---------------------------------------------------------------- queries
def _text_query(index: Index, query: bytes) -> Node:
    node = parse_query(index, query, _DIALECT)
    if b"[" in query and _has(node, Knn, VectorRange):
        raise CommandError("Vector expressions are not allowed in FT.HYBRID SEARCH")
    return node


def _filter(index: Index, side: VectorSide) -> Node | None:
    if side.filter is None:
        return None
    node = parse_query(index, side.filter, _DIALECT)
    if _has(node, Knn, VectorRange):
        raise CommandError("Vector expressions are not allowed in FT.HYBRID VSIM FILTER")
    if _has(node, Weighted):
        raise CommandError("Weight attributes are not allowed in FT.HYBRID VSIM FILTER")
    return node


def _has(node: Node, *kinds: type[Node]) -> bool:
    """Whether a query contains a part of one of these kinds."""
    return any(isinstance(each, kinds) for each in walk(node))


def _column(index: Index, side: VectorSide) -> VectorColumn:
    column = index.column(side.field)
    if column is None:
        raise CommandError(f"Unknown field `{text(side.field)}`")
    if not isinstance(column, VectorColumn):
        raise CommandError(f"Expected a VECTOR field `{text(side.field)}`")
    return column


# ---------------------------------------------------------------- both sides
def _text_ranking(index: Index, node: Node, options: HybridOptions) -> Ranking:
    """The documents that match, as many as the window has, by score and then by document number."""
    evaluator = Evaluator(index, Options(options.params), node)
    rows = evaluator.run().rows
    scores = scorer(evaluator, options.text.scorer).scores(node, rows)
    best = np.lexsort((index.numbers[rows], -scores))[: options.combine.window]
    return Ranking(rows[best], scores[best])


def _vector_ranking(index: Index, column: VectorColumn, filter_: Node | None, options: HybridOptions) -> Ranking:
    side, window = options.vector, options.combine.window
    vector = Param(side.parameter, 0)
    match side.method:
        case Nearest(k, knn_options):
            node: Node = Knn(
                0, filter_ or Everything(0), float(min(k, window)), side.field, vector, _HIDDEN, knn_options
            )
        case Within(radius, epsilon):
            if epsilon and column.spec.algorithm != "HNSW":
                raise CommandError("Error parsing vector similarity parameters: Invalid option")
            node = VectorRange(0, side.field, radius, vector, _HIDDEN)
            node = node if filter_ is None else And(0, (filter_, node))
    matches = Evaluator(index, Options(options.params), node).run()
    distances = matches.yields.get(_HIDDEN, np.zeros(0))
    if isinstance(side.method, Nearest) or filter_ is None:
        matches = _nearest_first(index, matches)
        distances = matches.yields.get(_HIDDEN, np.zeros(0))
    return Ranking(matches.rows[:window], _similarities(column.spec.metric, distances[:window]))


def _nearest_first(index: Index, matches: Matches) -> Matches:
    distances = matches.yields.get(_HIDDEN, np.zeros(0))
    order = np.lexsort((index.numbers[matches.rows], distances))
    return Matches(matches.rows[order], {_HIDDEN: distances[order]})


def _similarities(metric: str, distances: Floats) -> Floats:
    """``(n,)`` scores that the vector side adds; higher is better.

    For IP it is the distance that Redis takes for the inner product, so that there the farther scores the higher.
    """
    exact = np.asarray(distances, np.float64)
    if metric == "L2":
        return np.asarray(1.0 / (1.0 + exact))
    return np.asarray((1.0 + exact) / 2.0 if metric == "IP" else (1.0 + (1.0 - exact)) / 2.0)


def _ordered(index: Index, ranking: Ranking, options: HybridOptions) -> Ranking:
    """The rows as the first steps want them: best first, or by document before a SORTBY."""
    numbers = index.numbers[ranking.rows]
    first = options.steps[0] if options.steps else None
    if isinstance(first, Arrange) and first.keys:
        order = np.argsort(numbers, kind="stable")
    elif options.sort:
        order = np.lexsort((numbers, -ranking.scores))
    else:
        return ranking
    return Ranking(ranking.rows[order], ranking.scores[order])


# ---------------------------------------------------------------- rows
def _check_names(index: Index, options: HybridOptions) -> None:
    """Refuse names that are taken, and steps that use a property nobody makes."""
    alias = options.vector.score_alias
    if alias is not None and index.column(alias) is not None:
        raise CommandError(f"Property `{text(alias)}` already exists in schema")
    names = {name for name in (options.text.score_alias, alias) if name is not None}
    loads_all = any(load.fields is None for load in options.loads)
    for load in options.loads:
        names |= {loaded for _, loaded in load.fields or ()}
    if not options.loads:
        names |= {KEY, SCORE}
    if options.score_alias in names and not loads_all:
        raise CommandError(
            "Could not create score alias, name already exists in query, "
            f"score alias: {text(options.score_alias or b'')}"
        )
    if options.score_alias is not None:
        names.add(options.score_alias)
    check_properties(index, [*options.loads, *options.steps], names)


async def _loaded(feed: Feed, options: HybridOptions, found: _Found) -> Table:
    """The combined rows with their scores and what LOAD names."""
    index = feed.index
    rows: list[Row] = [{KEY: index.key(row)} for row in found.combined.rows.tolist()]
    shown: list[bytes] = []
    _fill(rows, shown, options.text.score_alias, found, found.text)
    implicit = Load(((KEY, KEY), (SCORE, SCORE)))
    for load in options.loads or [implicit]:
        shown = await _load(feed, options, load, Table(rows, shown, len(rows)), found)
    _fill(rows, shown, options.vector.score_alias, found, found.vector)
    _fill(rows, shown, options.score_alias, found, found.combined)
    return Table(rows, shown, len(rows))


def _fill(rows: list[Row], shown: list[bytes], name: bytes | None, found: _Found, ranking: Ranking) -> None:
    """Give the rows that a side found its score under this name."""
    if name is None:
        return
    scores = dict(zip(ranking.rows.tolist(), ranking.scores.tolist(), strict=True))
    for row, number in zip(rows, found.combined.rows.tolist(), strict=True):
        if number in scores:
            row[name] = scores[number]
    if name not in shown:
        shown.append(name)


async def _load(feed: Feed, options: HybridOptions, load: Load, table: Table, found: _Found) -> list[bytes]:
    """Read what a LOAD names into the rows, and return the names shown after it."""
    made = {options.text.score_alias, options.vector.score_alias, options.score_alias}
    if load.fields is None:
        return (await run_steps(feed, [load], table)).shown
    stored = tuple((name, alias) for name, alias in load.fields if name not in (KEY, SCORE) and alias not in made)
    shown = table.shown
    await run_steps(feed, [Load(stored)], Table(table.rows, [], 0))
    for name, alias in load.fields:
        if name == KEY:
            for row in table.rows:
                row[alias] = row[KEY]
        elif name == alias == SCORE and options.score_alias is None:
            _fill(table.rows, shown, SCORE, found, found.combined)
        if alias not in shown:
            shown = [*shown, alias]
    return shown
