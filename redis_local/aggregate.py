"""FT.AGGREGATE: a query, and steps over what it finds.

Source: https://redis.io/docs/latest/commands/ft.aggregate/
"""

from .aggregate_options import AggregateOptions
from .feed import Feed
from .index import Index
from .pipeline.properties import asks_for_terms, check_properties
from .pipeline.run import run_steps
from .pipeline.table import KEY, SCORE, TERMS, Row, Table
from .query.matched_terms import matched_terms
from .resp import Reply
from .search import Match, match_query, query_node, scorer, yields_of


async def aggregate(feed: Feed, options: AggregateOptions, protocol: int) -> Reply:
    """Run the query, then each step over its rows."""
    index = feed.index
    index.drop_expired()
    index.searches += 1
    node = query_node(index, options)
    made = [*([SCORE] if options.add_scores else []), *yields_of(node)]
    check_properties(index, options.steps, made)
    match = match_query(index, options, node, options.filters)
    return _reply(await run_steps(feed, options.steps, _table(index, options, match)), protocol)


def _table(index: Index, options: AggregateOptions, match: Match) -> Table:
    matches = match.matches
    columns = {name: values.tolist() for name, values in matches.yields.items()}
    if options.add_scores:
        scores = scorer(match.evaluator, options.scorer, options.tanh_factor).scores(match.node, matches.rows)
        columns = {SCORE: scores.tolist()} | columns
    rows: list[Row] = [{KEY: index.key(row)} for row in matches.rows.tolist()]
    for name, values in columns.items():
        for row, value in zip(rows, values, strict=True):
            row[name] = float(value)
    if asks_for_terms(options.steps):
        terms = matched_terms(match.evaluator)
        for row, number in zip(rows, matches.rows.tolist(), strict=True):
            row[TERMS] = [word for word, having in terms.items() if number in having]
    return Table(rows, list(columns), len(rows))


def _reply(table: Table, protocol: int) -> Reply:
    if protocol == 3:
        results: list[Reply] = [{"extra_attributes": content, "values": []} for content in table.contents()]
        return {
            "attributes": [],
            "format": "STRING",
            "results": results,
            "total_results": table.total,
            "warning": [] if table.warning is None else [table.warning],
        }
    return [table.total, *table.contents()]
