"""Queries as the words of the Query Engine's commands.

A vector is the last word and the only one of bytes, so that a shell can be given the command, too.
"""

from collections.abc import Sequence
from dataclasses import replace

from ..names import COUNT, DISTANCE
from .filter import EVERYTHING, Filter
from .query import HybridQuery, KnnQuery, Query, WordQuery
from .versions.records import VersionRecord
from .wire.replies import Words
from .word_syntax import term

WORDS, MEANING, BOTH = "__words", "__meaning", "__both"
"""What FT.HYBRID calls the scores: no field begins with an underscore."""

FIRST_WIDTH = 4
"""Passages that are asked for at first, for each profile that is wanted."""

_SCORER = "BM25STD"
_DIALECT = ("DIALECT", "2")
_ALL_GROUPS = ("LIMIT", "0", "100000")


def search(index: str, query: KnnQuery, offset: int = 0, limit: int | None = None) -> Words:
    """FT.SEARCH for a query's keys and distances, nearest first; of the ``k`` a window if one is named.

    Source: https://redis.io/docs/latest/commands/ft.search/
    """
    effort = f" EF_RUNTIME {query.ef_runtime}" if query.ef_runtime is not None else ""
    text = f"{query.filter.text()}=>[KNN {query.k} @embedding $vec{effort} AS {DISTANCE}]"
    window = (str(offset), str(query.k if limit is None else limit))
    order = ("SORTBY", DISTANCE, "RETURN", "1", DISTANCE, "LIMIT", *window, *_DIALECT)
    return ("FT.SEARCH", index, text, *order, "PARAMS", "2", "vec", query.data)


def search_passages(index: str, query: KnnQuery, k: int) -> Words:
    """FT.SEARCH for the keys and distances of the ``k`` passages that are nearest, whatever the texts of their profiles say.

    A passage is within the clusters of a filter if its own cluster is.
    """
    return search(index, replace(query, k=k, filter=query.filter.without_words()))


def people_by_passages(record: VersionRecord, query: KnnQuery, k: int) -> Words:
    """FT.AGGREGATE for the same by profile, as somebody with a shell reads it: the least distance of each, nearest first."""
    text = search_passages(record.passage_index, query, k)[2]
    least = ("REDUCE", "MIN", "1", f"@{DISTANCE}", "AS", DISTANCE)
    order = ("SORTBY", "2", f"@{DISTANCE}", "ASC", "LIMIT", "0", str(query.k))
    grouping = ("LOAD", "1", "@id", "GROUPBY", "1", "@id", *least, *order)
    return (
        "FT.AGGREGATE",
        record.passage_index,
        text,
        *grouping,
        *_DIALECT,
        "PARAMS",
        "2",
        "vec",
        query.data,
    )


def those_of(index: str, admitted: Filter, keys: Sequence[str]) -> Words:
    """FT.SEARCH for those of some keys that a filter admits."""
    return (
        "FT.SEARCH", index, admitted.text(), "INKEYS", str(len(keys)), *keys,
        "NOCONTENT", "LIMIT", "0", str(len(keys)), *_DIALECT,
    )  # fmt: skip


def search_words(index: str, query: WordQuery, offset: int = 0, limit: int | None = None) -> Words:
    """FT.SEARCH for a query's keys and BM25 scores, best first."""
    window = (str(offset), str(query.k if limit is None else limit))
    language = ("LANGUAGE", query.language) if query.language else ()
    return (
        "FT.SEARCH",
        index,
        _words(query),
        *language,
        "SCORER",
        _SCORER,
        "WITHSCORES",
        "NOCONTENT",
        "LIMIT",
        *window,
        *_DIALECT,
    )


def hybrid(index: str, query: HybridQuery, offset: int = 0, limit: int | None = None) -> Words:
    """FT.HYBRID for the keys of a fused list, each with its score and with that of both sides.

    Source: https://redis.io/docs/latest/commands/ft.hybrid/
    """
    near, fusion = query.near, query.fusion
    knn = ["K", str(near.k)] + ([] if near.ef_runtime is None else ["EF_RUNTIME", str(near.ef_runtime)])
    admitted = near.filter.text()
    filtering = () if admitted == EVERYTHING else ("FILTER", admitted)
    combining = (*fusion.arguments(), "YIELD_SCORE_AS", BOTH)
    window = (str(offset), str(near.k + query.words.k if limit is None else limit))
    return (
        "FT.HYBRID", index,
        "SEARCH", _words(query.words), "SCORER", _SCORER, "YIELD_SCORE_AS", WORDS,
        "VSIM", "@embedding", "$vec", "KNN", str(len(knn)), *knn, *filtering, "YIELD_SCORE_AS", MEANING,
        "COMBINE", fusion.name, str(len(combining)), *combining,
        "LIMIT", *window, "PARAMS", "2", "vec", near.data,
    )  # fmt: skip


def command_of(index: str, query: Query, offset: int = 0, limit: int | None = None) -> Words:
    """The command that answers a query."""
    if isinstance(query, HybridQuery):
        return hybrid(index, query, offset, limit)
    if isinstance(query, WordQuery):
        return search_words(index, query, offset, limit)
    return search(index, query, offset, limit)


def commands_of(record: VersionRecord, query: Query) -> list[Words]:
    """The commands that answer a query of a version: one, and one for its passages where they are compared, too."""
    commands = [command_of(record.index, query)]
    if record.passages and isinstance(query, KnnQuery):
        commands.append(search_passages(record.passage_index, query, FIRST_WIDTH * query.k))
    return commands


def _words(query: WordQuery) -> str:
    """Terms with bars between, within a filter that adds nothing to their score.

    Raises:
        ValueError: no index holds any of the terms.
    """
    terms = [text for text in map(term, query.terms) if text]
    if not terms:
        raise ValueError(f"expected a word that an index holds, got {query.terms!r}")
    admitted = query.filter.text()
    unscored = "" if admitted == EVERYTHING else f"{admitted}=>{{$weight: 0}} "
    fields = f"@{'|'.join(query.fields)}:" if query.fields else ""
    return f"{unscored}{fields}({'|'.join(terms)})"


def count(index: str, admitted: Filter) -> Words:
    """FT.SEARCH that only counts."""
    return ("FT.SEARCH", index, admitted.text(), "LIMIT", "0", "0", *_DIALECT)


def count_by(index: str, admitted: Filter, field: str) -> Words:
    """FT.AGGREGATE that counts the profiles with each value of a field.

    Source: https://redis.io/docs/latest/commands/ft.aggregate/
    """
    grouping = ("GROUPBY", "1", f"@{field}", "REDUCE", "COUNT", "0", "AS", COUNT)
    return ("FT.AGGREGATE", index, admitted.text(), *grouping, *_ALL_GROUPS, *_DIALECT)
