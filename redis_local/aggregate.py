"""FT.AGGREGATE: a query, and steps over what it finds.

Source: https://redis.io/docs/latest/commands/ft.aggregate/
"""

from .aggregate_options import AggregateOptions
from .feed import Feed
from .pipeline.properties import check_properties
from .pipeline.run import run_steps
from .pipeline.table import KEY, Row, Table
from .query.evaluator import Evaluator, Options
from .resp import Reply
from .search import parse_query, yields_of


async def aggregate(feed: Feed, options: AggregateOptions, protocol: int) -> Reply:
    """Run the query, then each step over its rows."""
    feed.index.drop_expired()
    feed.index.searches += 1
    node = parse_query(feed.index, options.query, options.dialect)
    check_properties(feed.index, options.steps, yields_of(node))
    matches = Evaluator(feed.index, Options(options.params, options.verbatim)).run(node)
    rows: list[Row] = [
        {KEY: feed.index.key(int(row))} | {name: float(values[i]) for name, values in matches.yields.items()}
        for i, row in enumerate(matches.rows)
    ]
    table = Table(rows, list(matches.yields), len(rows))
    return _reply(await run_steps(feed, options.steps, table), protocol)


def _reply(table: Table, protocol: int) -> Reply:
    if protocol == 3:
        results: list[Reply] = [{"extra_attributes": content, "values": []} for content in table.contents()]
        return {
            "attributes": [],
            "format": "STRING",
            "results": results,
            "total_results": table.total,
            "warning": [],
        }
    return [table.total, *table.contents()]
