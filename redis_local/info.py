"""The reply of FT.INFO.

Source: https://redis.io/docs/latest/commands/ft.info/
"""

from .columns import VectorColumn
from .feed import Feed
from .resp import Reply
from .schema import Field, IndexDefinition
from .schema_options import SVS


def info(feed: Feed, protocol: int) -> Reply:
    """Everything FT.INFO tells that has a meaning here; sizes that redis_local does not track are 0."""
    index = feed.index
    definition = index.definition
    vectors = [column for column in index.columns.values() if isinstance(column, VectorColumn)]
    megabytes = sum(column.memory for column in vectors) / 2**20
    return {
        "index_name": definition.name,
        "index_options": list(definition.options),
        "index_definition": _definition(definition),
        "attributes": [_attribute(field, protocol) for field in definition.fields],
        "num_docs": len(index),
        "max_doc_id": index.last_number,
        "num_terms": index.vocabulary.size(),
        "num_records": len(index) * len(definition.fields),
        **_sizes(megabytes),
        "records_per_doc_avg": float(len(definition.fields)) if len(index) else float("nan"),
        "bytes_per_record_avg": 0.0,
        "offsets_per_term_avg": 0.0,
        "offset_bits_per_record_avg": 0.0,
        "hash_indexing_failures": index.failures,
        "total_indexing_time": index.indexing_seconds * 1000,
        "indexing": int(not feed.complete),
        "percent_indexed": feed.progress,
        "number_of_uses": index.searches,
        "cleaning": 0,
        "gc_stats": {"bytes_collected": 0.0, "total_ms_run": 0.0, "total_cycles": 0.0},
        "cursor_stats": {"global_idle": 0, "global_total": 0, "index_capacity": 128, "index_total": 0},
        "dialect_stats": {f"dialect_{dialect}": 0 for dialect in (1, 2, 3, 4)},
        "Index Errors": {
            **_failures(index.failures, *index.last_failure),
            "background indexing status": "OK",
        },
        "field statistics": [_statistics(feed, field) for field in definition.fields],
    }


def _sizes(megabytes: float) -> dict[str | bytes, Reply]:
    """What the vectors take, and what else Redis tells the size of."""
    return {
        "inverted_sz_mb": 0.0,
        "vector_index_sz_mb": megabytes,
        "total_inverted_index_blocks": 0,
        "offset_vectors_sz_mb": 0.0,
        "doc_table_size_mb": 0.0,
        "sortable_values_size_mb": 0.0,
        "key_table_size_mb": 0.0,
        "tag_overhead_sz_mb": 0.0,
        "text_overhead_sz_mb": 0.0,
        "total_index_memory_sz_mb": megabytes,
        "geoshapes_sz_mb": 0.0,
    }


def _failures(amount: int, error: Reply, key: Reply) -> dict[str | bytes, Reply]:
    return {"indexing failures": amount, "last indexing error": error, "last indexing error key": key}


def _definition(definition: IndexDefinition) -> Reply:
    return {
        "key_type": "HASH",
        "prefixes": list(definition.prefixes),
        **({} if definition.filter is None else {"filter": definition.filter}),
        **({} if definition.language == "english" else {"default_language": definition.language}),
        **({} if definition.language_field is None else {"language_field": definition.language_field}),
        "default_score": definition.score,
        **({} if definition.score_field is None else {"score_field": definition.score_field}),
        "indexes_all": "false",
    }


def _attribute(field: Field, protocol: int) -> Reply:
    described: dict[str | bytes, Reply] = {
        "identifier": field.identifier,
        "attribute": field.attribute,
        "type": field.type,
    }
    if field.type == "TAG":
        described["SEPARATOR"] = field.separator
    if field.type == "TEXT":
        described["WEIGHT"] = field.weight
    if field.vector is not None:
        spec = field.vector
        described |= {
            "algorithm": spec.algorithm,
            "data_type": spec.data_type,
            "dim": spec.dim,
            "distance_metric": spec.metric,
        }
        if spec.algorithm == "HNSW":
            described |= {"M": spec.m, "ef_construction": spec.ef_construction}
        if spec.algorithm == SVS:
            described |= {
                "graph_max_degree": spec.graph_max_degree,
                "construction_window_size": spec.construction_window_size,
                "compression": spec.compression,
                "training_threshold": spec.training_threshold,
            }
    given = {
        "SORTABLE": field.sortable,
        "UNF": field.unf,
        "NOINDEX": field.noindex,
        "NOSTEM": field.nostem,
        "CASESENSITIVE": field.case_sensitive,
        "WITHSUFFIXTRIE": field.suffix_trie,
        "INDEXEMPTY": field.index_empty,
        "INDEXMISSING": field.index_missing,
    }
    flags: list[Reply] = [name for name, is_set in given.items() if is_set]
    if protocol == 3:
        return described | {"flags": flags}
    return [part for pair in described.items() for part in pair] + flags


def _statistics(feed: Feed, field: Field) -> Reply:
    failures = feed.index.field_failures.get(field.attribute, 0)
    error, key = feed.index.last_failure if failures else ("N/A", "N/A")
    told: dict[str | bytes, Reply] = {
        "identifier": field.identifier,
        "attribute": field.attribute,
        "Index Errors": _failures(failures, error, key),
    }
    column = feed.index.columns[field.attribute]
    if isinstance(column, VectorColumn):
        told |= {"memory": column.memory, "marked_deleted": 0}
    return told
