"""``build``."""

from pathlib import Path
from typing import Any

import click

from profilesearch.store import BuildLock, Store

from ..build import BuildOptions, Tools, build
from ..columns import Mapping
from ..report import Report
from .options import (
    IN,
    ClusterCount,
    Names,
    cached_encoder,
    exit_on_sigterm,
    job_server,
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
@click.option("--clusters", type=ClusterCount(), default=10, help="How many clusters, or auto to measure.")
@click.option(
    "--algorithm", type=click.Choice(["flat", "hnsw"]), default="flat", help="Exact, or approximate with a graph."
)
@click.option("--metric", type=click.Choice(["cosine", "l2", "ip"]), default="cosine", help="Distance between vectors.")
@click.option("--m", type=click.IntRange(2, 512), default=16, help="HNSW: links of a vector.")
@click.option("--ef-construction", type=click.IntRange(1, 4096), default=200, help="HNSW: candidates while building.")
@click.option("--ef-runtime", type=click.IntRange(1, 4096), default=100, help="HNSW: candidates while searching.")
@click.option("--min-recall", type=click.FloatRange(0, 1), default=0.95, help="HNSW: recall@10 needed to go live.")
@click.option("--allow-shrink", is_flag=True, help="Go live with less than 80% of the live version's profiles.")
@click.option(
    "--canaries", type=IN, help="Queries (JSON Lines with text) to compare with live. Default: the latest 20."
)
@click.option(
    "--min-canary-overlap",
    type=click.FloatRange(0, 1),
    help="Overlap@10 with the live version that the canary queries need, on average, to go live. Default: none.",
)
@click.option("--keep", type=click.IntRange(1), default=2, help="How many retired versions stay, to go back to.")
@click.option("--json", "as_json", is_flag=True, help="Log JSON lines, and print the summary as JSON.")
@model_options
def build_command(
    source: str, format_: Any, id_field: str, headline_field: str | None, text_fields: tuple[str, ...] | None,
    tag_fields: tuple[str, ...] | None, numeric_fields: tuple[str, ...] | None, skip_bad_rows: bool,
    rejects: Path | None, model: str | None, device: str | None, as_json: bool, **rest: Any,
) -> None:  # fmt: skip
    """Embed, cluster and index the profiles in SOURCE (a file, or - for standard input), then make them live.

    The version that was live before answers until the last moment, and still does if anything fails. An interrupted
    build is gone on with by the next one.

    \b
    Example:
      python -m indexer build data/profiles.jsonl
      python -m indexer build people.csv --id-field email --headline-field title \\
        --text-fields title,summary --tag-fields city,team --numeric-fields years
    """
    exit_on_sigterm()
    report = Report(as_json=as_json)
    mapping = Mapping(id_field, headline_field, text_fields, tag_fields, numeric_fields)
    options = BuildOptions(source, mapping, format_, rejects_of(source, skip_bad_rows, rejects), **rest)
    server = job_server()
    with cached_encoder(model, device, report) as (encoder, cache):
        build(options, Tools(Store(server), BuildLock(server), cache, encoder, report))
