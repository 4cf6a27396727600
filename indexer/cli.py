"""The command line of the batch job. A command's docstring is its help."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from profilesearch.embedding import Encoder, load_encoder
from profilesearch.errors import ProfileSearchError
from profilesearch.settings import Settings
from profilesearch.store import Store, connect

from .build import BuildOptions, build
from .embed import VectorFormat, embed, render
from .report import Report
from .source import Mapping

_F = TypeVar("_F", bound=Callable[..., Any])
_OUT = click.Path(path_type=Path, dir_okay=False)
_IN = click.Path(path_type=Path, dir_okay=False, exists=True)


class _Names(click.ParamType[tuple[str, ...]]):
    """Column names, separated by commas."""

    name = "a,b,…"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        if isinstance(value, tuple):
            return value
        return tuple(part.strip() for part in str(value).split(",") if part.strip())


class _ClusterCount(click.ParamType[Any]):
    """A number of clusters, or ``auto``."""

    name = "number|auto"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return value if value == "auto" else click.IntRange(1, 10_000).convert(value, param, ctx)


class _Group(click.Group):
    """Errors of the domain as one clear message and exit status 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ProfileSearchError as error:
            click.echo(f"error: {error}", err=True)
            sys.exit(1)
        except KeyboardInterrupt:
            click.echo("interrupted", err=True)
            sys.exit(130)


@click.group(cls=_Group, context_settings={"show_default": True, "max_content_width": 110})
@click.version_option(package_name=None, version="0.1.0", prog_name="profile search indexer")
def main() -> None:
    """Build and look after the index of profiles.

    Redis is expected at $REDIS_URL, by default redis://127.0.0.1:6390/0, where python -m redis_local listens.
    """


def _model_options(function: _F) -> _F:
    function = click.option(
        "--device",
        type=click.Choice(["auto", "cpu", "cuda", "mps"]),
        help="Where the model runs. Default: $PROFILESEARCH_DEVICE or the fastest there is.",
    )(function)
    return click.option(
        "--model",
        help="A sentence-transformers name or path. Default: $PROFILESEARCH_MODEL or the bundled all-MiniLM-L6-v2.",
    )(function)


def _settings() -> Settings:
    return Settings.from_env(os.environ)


def _encoder(model: str | None, device: str | None) -> Encoder:
    settings = _settings()
    return load_encoder(model or settings.model, device or settings.device)


@main.command("sample")
@click.option("--count", type=click.IntRange(1), default=6904, help="How many profiles.")
@click.option("--seed", type=int, default=42, help="The same seed gives the same people.")
@click.option("--out", type=_OUT, default=Path("data/profiles.jsonl"), help="Where the profiles go, as JSON Lines.")
@click.option("--queries", type=_OUT, help="Where to write the 20 job descriptions, as JSON Lines with id and text.")
@click.option("--qrels", type=_OUT, help="Where to write who fits which description, as TREC qrels.")
def sample_command(count: int, seed: int, out: Path, queries: Path | None, qrels: Path | None) -> None:
    """Write invented profiles to try everything with.

    \b
    Example:
      python -m indexer sample --count 6904 --seed 42 --out data/profiles.jsonl \\
        --queries data/queries.jsonl --qrels data/qrels.tsv
    """
    from .sample import write_sample

    write_sample(count, seed, out, queries, qrels)
    click.echo(f"{count} profiles in {out}", err=True)


@main.command("build")
@click.argument("source")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["jsonl", "csv", "parquet"]),
    help="Format of SOURCE; by default its ending tells.",
)
@click.option("--id-field", default="id", help="The column with a unique id.")
@click.option("--headline-field", help="The column with a headline. Default: headline.")
@click.option("--text-fields", type=_Names(), help="Columns whose texts are embedded. Default: text, or the sample's.")
@click.option("--tag-fields", type=_Names(), help="Columns to filter by value. Default: the sample's, where there.")
@click.option("--numeric-fields", type=_Names(), help="Columns to filter by range. Default: the sample's, where there.")
@click.option("--skip-bad-rows", is_flag=True, help="Go on without rows that are no profiles.")
@click.option("--rejects", type=_OUT, help="Where skipped rows go, with reasons. Default: SOURCE.rejects.jsonl.")
@click.option("--clusters", type=_ClusterCount(), default=10, help="How many clusters, or auto to measure.")
@click.option(
    "--algorithm", type=click.Choice(["flat", "hnsw"]), default="flat", help="Exact, or approximate with a graph."
)
@click.option("--metric", type=click.Choice(["cosine", "l2", "ip"]), default="cosine", help="Distance between vectors.")
@click.option("--m", type=click.IntRange(2, 512), default=16, help="HNSW: links of a vector.")
@click.option("--ef-construction", type=click.IntRange(1, 4096), default=200, help="HNSW: candidates while building.")
@click.option("--ef-runtime", type=click.IntRange(1, 4096), default=100, help="HNSW: candidates while searching.")
@_model_options
def build_command(
    source: str, format_: Any, id_field: str, headline_field: str | None, text_fields: tuple[str, ...] | None,
    tag_fields: tuple[str, ...] | None, numeric_fields: tuple[str, ...] | None, skip_bad_rows: bool,
    rejects: Path | None, model: str | None, device: str | None, **index: Any,
) -> None:  # fmt: skip
    """Embed, cluster and index the profiles in SOURCE (a file, or - for standard input), then make them live.

    The version that was live before answers until the last moment, and still does if anything fails.

    \b
    Example:
      python -m indexer build data/profiles.jsonl
      python -m indexer build people.csv --id-field email --headline-field title \\
        --text-fields title,summary --tag-fields city,team --numeric-fields years
    """
    mapping = Mapping(id_field, headline_field, text_fields, tag_fields, numeric_fields)
    options = BuildOptions(source, mapping, format_, skip_bad_rows, rejects, **index)
    build(options, lambda: _encoder(model, device), Store(connect(_settings())), Report())


@main.command("embed")
@click.argument("text")
@click.option(
    "--format", "format_", type=click.Choice(["raw", "hex", "json"]), default="raw", help="How to write the vector."
)
@click.option("--out", type=_OUT, help="Where to write it. Default: standard output.")
@click.option("--cluster", is_flag=True, help="Print the number of the text's cluster in the live version, too.")
@_model_options
def embed_command(
    text: str, format_: VectorFormat, out: Path | None, cluster: bool, model: str | None, device: str | None
) -> None:
    """Write the vector of TEXT (or of standard input, if TEXT is -) as a query has it.

    Raw is little-endian float32, as Redis wants it.

    \b
    Example:
      python -m indexer embed "product marketing manager" --format json
      python -m indexer embed "product marketing manager" --out vector.bin --cluster
    """
    if cluster and out is None:
        raise click.UsageError("--cluster prints on standard output: say with --out where the vector goes")
    vector = embed(sys.stdin.read() if text == "-" else text, _encoder(model, device))
    written = render(vector, format_)
    if out is None:
        sys.stdout.buffer.write(written)
        sys.stdout.buffer.flush()
    else:
        out.write_bytes(written)
    if cluster:
        store = Store(connect(_settings()))
        click.echo(str(store.clusters(store.live()).predict(vector[None])[0]))


@main.command("evaluate")
@click.option("--queries", type=_IN, help="Queries as JSON Lines with id and text.")
@click.option("--qrels", type=_IN, help="Who fits which query, as TREC qrels: query, 0, profile, grade.")
@click.option("--sample", type=click.IntRange(1), help="Without judgements: make so many queries from the profiles.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with intervals and p-values, instead of tables.")
@click.option("--plot", type=_OUT, help="Draw recall against latency and P@30 against probes into this PNG.")
@_model_options
def evaluate_command(
    queries: Path | None, qrels: Path | None, sample: int | None, as_json: bool, plot: Path | None, model: str | None,
    device: str | None,
) -> None:  # fmt: skip
    """Compare what each way of searching finds on the live version, and what it costs.

    \b
    Example:
      python -m indexer evaluate --queries data/queries.jsonl --qrels data/qrels.tsv --plot quality.png
      python -m indexer evaluate --sample 200
    """
    from .evaluate import evaluate, render, tasks

    if (queries is None) != (qrels is None) or (queries is None) == (sample is None):
        raise click.UsageError("say either --queries together with --qrels, or --sample")
    store = Store(connect(_settings()))
    record = store.live()
    if queries is not None and qrels is not None:
        task = tasks.load_task(queries, qrels)
    else:
        task = tasks.known_items(store, record, store.ids(record), sample or 0)
    report = evaluate(store, _encoder(model, device), task)
    click.echo(render.as_json(report) if as_json else render.table(report))
    if plot is not None:
        render.plot(report, plot)


@main.command("status")
def status_command() -> None:
    """Show the live version.

    \b
    Example:
      python -m indexer status
    """
    from .status import describe

    store = Store(connect(_settings()))
    click.echo(describe(store))
