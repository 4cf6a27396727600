"""``build``."""

from pathlib import Path
from typing import Any

import click

from ..build.options import BuildOptions
from .options import (
    IN,
    VECTOR_TYPES,
    ClusterCount,
    Names,
    exit_on_sigterm,
    json_log_option,
    keep_option,
    model_options,
    rejects_of,
    source_options,
)


@click.command("build")
@click.argument("source")
@source_options
@click.option("--id-field", default="id", help="The column with a unique id.")
@click.option("--headline-field", help="The column with a headline. Default: headline.")
@click.option("--text-fields", type=Names(), help="Columns whose texts are embedded. Default: text, or the sample's.")
@click.option("--tag-fields", type=Names(), help="Columns to filter by value. Default: the sample's, where there.")
@click.option("--numeric-fields", type=Names(), help="Columns to filter by range. Default: the sample's, where there.")
@click.option("--language-field", help="The column that names each profile's language, such as de or German.")
@click.option(
    "--long-texts",
    type=click.Choice(["cut", "mean", "passages"]),
    default=BuildOptions.long_texts,
    help="What counts of a text longer than the model reads: its beginning, the mean of its parts, or each part, too.",
)
@click.option(
    "--token-vectors",
    type=click.IntRange(0, 256),
    default=BuildOptions.token_vectors,
    show_default=True,
    help="Token vectors to keep with each profile, so that rerank=late is quick: 32 are enough.",
)
@click.option(
    "--clusters", type=ClusterCount(), default=BuildOptions.clusters, help="How many clusters, or auto to measure."
)
@click.option(
    "--algorithm",
    type=click.Choice(["flat", "hnsw"]),
    default=BuildOptions.algorithm,
    help="Exact, or approximate with a graph.",
)
@click.option(
    "--metric",
    type=click.Choice(["cosine", "l2", "ip"]),
    default=BuildOptions.metric,
    help="Distance between vectors.",
)
@click.option(
    "--vector-type",
    type=click.Choice(VECTOR_TYPES),
    default=BuildOptions.vector_type,
    help="Numbers of the vectors in the index: of 4, 2, 2 or 1 bytes.",
)
@click.option("--dimensions", type=click.IntRange(1), help="Numbers of a vector in the index. Default: the model's.")
@click.option(
    "--reduce",
    type=click.Choice(["pca", "matryoshka"]),
    default=BuildOptions.reduce,
    help="Which these are: the collection's strongest directions, or the first, for a model trained for it.",
)
@click.option("--m", type=click.IntRange(2, 512), default=BuildOptions.m, help="HNSW: links of a vector.")
@click.option(
    "--ef-construction",
    type=click.IntRange(1, 4096),
    default=BuildOptions.ef_construction,
    help="HNSW: candidates while building.",
)
@click.option(
    "--ef-runtime",
    type=click.IntRange(1, 4096),
    default=BuildOptions.ef_runtime,
    help="HNSW: candidates while searching.",
)
@click.option(
    "--min-recall",
    type=click.FloatRange(0, 1),
    default=BuildOptions.min_recall,
    help="HNSW, and smaller vectors: recall@10 needed to go live.",
)
@click.option(
    "--queries", type=IN, help="Judged queries (JSON Lines with id and text), to learn weights and clusters from."
)
@click.option("--qrels", type=IN, help="Who fits which of them, as TREC qrels: query, 0, profile, grade.")
@click.option(
    "--labels", multiple=True, metavar="OWNER", help="Learn from the labels and stars of OWNER, such as local."
)
@click.option(
    "--language", metavar="CODE", help="Language of the texts, such as de, for the stems of words. Default: detected."
)
@click.option("--allow-shrink", is_flag=True, help="Go live with less than 80% of the live version's profiles.")
@click.option(
    "--canaries", type=IN, help="Queries (JSON Lines with text) to compare with live. Default: the latest 20."
)
@click.option(
    "--min-canary-overlap",
    type=click.FloatRange(0, 1),
    help="Overlap@10 with the live version that the canary queries need, on average, to go live. Default: none.",
)
@click.option(
    "--default", is_flag=True, help="Answer searches that name no model with it, though the default is another model."
)
@click.option(
    "--query-model", help="With --model precomputed:COLUMN: the model that the column comes from, to embed queries."
)
@click.option(
    "--query-vectors", type=IN, help="With --model precomputed:COLUMN: queries (JSON Lines with text and vector)."
)
@keep_option(1)
@json_log_option
@model_options
def build_command(**given: Any) -> None:
    """Embed, cluster and index the profiles in SOURCE (a file, or - for standard input), then make them live.

    The version that was live before answers until the last moment, and still does if anything fails. The next build of
    the same source goes on where an interrupted one was.

    Each model has a live version of its own. The first one built is the default; a build with another model goes live
    beside it, and becomes the default with --default, or later with models default.

    With --model precomputed:COLUMN each row brings its vector in that column, and no profile is embedded.

    \b
    Example:
      python -m indexer build data/profiles.jsonl
      python -m indexer build people.csv --id-field email --headline-field title \\
        --text-fields title,summary --tag-fields city,team --numeric-fields years
      python -m indexer build people.parquet --model precomputed:embedding_minilm --query-model all-MiniLM-L6-v2
    """
    from profilesearch.embedding.weights import installed_weights
    from profilesearch.store import BuildLock, Store

    from ..build.run import Tools, build
    from ..columns import ColumnChoice
    from ..report import Report
    from ..train.card import floor_of
    from .tools import cached_encoder, job_server, settings

    if (given["queries"] is None) != (given["qrels"] is None):
        raise click.UsageError("--queries and --qrels belong together")
    if given["vector_type"] == "int8" and given["metric"] != "cosine":
        raise click.UsageError("--vector-type int8 goes with --metric cosine: each vector has a scale of its own")
    if given["queries"] is not None and given["labels"]:
        raise click.UsageError("expected either --queries and --qrels, or --labels")
    exit_on_sigterm()
    report = Report(as_json=given.pop("as_json"))
    model, device = (
        _model(given.pop("model"), given.pop("query_model"), given.pop("query_vectors")),
        given.pop("device"),
    )
    names = ("id_field", "headline_field", "text_fields", "tag_fields", "numeric_fields", "language_field")
    columns = ColumnChoice(*(given.pop(name) for name in names))
    rejects = rejects_of(given["source"], given.pop("skip_bad_rows"), given.pop("rejects"))
    tuned = model or settings().model
    floor = floor_of(installed_weights(tuned) or Path(tuned))
    options = BuildOptions(columns=columns, format=given.pop("format_"), rejects=rejects, floor=floor, **given)
    server = job_server()
    with cached_encoder(model, device, report) as (encoder, cache):
        build(options, Tools(Store(server), BuildLock(server), cache, encoder, report))


def _model(model: str | None, query_model: str | None, query_vectors: Path | None) -> str | None:
    """The name of the model, with what embeds queries where profiles bring their vectors."""
    from dataclasses import replace

    from profilesearch.embedding import PrecomputedSpec

    spec = PrecomputedSpec.parse(model or "")
    if spec is None:
        if query_model or query_vectors:
            raise click.UsageError("--query-model and --query-vectors go with --model precomputed:COLUMN")
        return model
    queries = str(query_vectors.resolve()) if query_vectors else spec.queries
    return replace(spec, model=query_model or spec.model, queries=queries).name
