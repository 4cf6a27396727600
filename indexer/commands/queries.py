"""``embed`` and ``evaluate``."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .options import IN, OUT, STANDARD_INPUT, VECTOR_TYPES, Sizes, json_option, model_options

if TYPE_CHECKING:
    from ..embed import VectorFormat


@click.command("embed")
@click.argument("text")
@click.option(
    "--format", "format_", type=click.Choice(["raw", "hex", "json"]), default="raw", help="How to write the vector."
)
@click.option("--out", type=OUT, help="Where to write it. Default: standard output.")
@click.option(
    "--cluster",
    is_flag=True,
    help="Print the numbers of the clusters to search in the model's live version, nearest first.",
)
@model_options
def embed_command(
    text: str, format_: "VectorFormat", out: Path | None, cluster: bool, model: str | None, device: str | None
) -> None:
    """Write the vector of TEXT (or of standard input, if TEXT is -) as a query has it.

    Raw is what Redis wants: numbers as the model's live version has them, little-endian float32 unless it was built with
    smaller ones, or where none is live. A text that was asked for before is answered from the cache.
    Clusters are those that cluster=auto searches, with bars between them as in a query: 3|7.

    \b
    Example:
      python -m indexer embed "product marketing manager" --format json
      python -m indexer embed "product marketing manager" --out vector.bin --cluster
    """
    from ..embed import as_indexed, embed, live_snapshot, render, route_of
    from ..wording import word
    from .tools import cached_encoder, open_store

    if cluster and out is None:
        raise click.UsageError("--cluster prints on standard output: say with --out where the vector goes")
    store = open_store()
    with cached_encoder(model, device) as (cached, _):
        vector, vectors = as_indexed(embed(sys.stdin.read() if text == STANDARD_INPUT else text, cached), store, cached)
    if not vectors.is_whole:
        click.echo(word("embed.smaller", size=str(vectors)), err=True)
    written = render(vector, vectors, format_)
    if out is None:
        sys.stdout.buffer.write(written)
        sys.stdout.buffer.flush()
    else:
        out.write_bytes(written)
    if cluster:
        click.echo("|".join(str(cluster.id) for cluster in route_of(vector, live_snapshot(store, cached))))


@click.command("evaluate")
@click.option("--queries", type=IN, help="Queries as JSON Lines with id and text.")
@click.option("--qrels", type=IN, help="Who fits which query, as TREC qrels: query, 0, profile, grade.")
@click.option("--sample", type=click.IntRange(1), help="Without judgements: make so many queries from the profiles.")
@click.option("--typed", metavar="FIELD", help="Ask for each value of a tag field, typed alone, such as role.")
@click.option(
    "--most", type=click.IntRange(1), help="Ask at most so many of the queries, drawn by chance, the same each time."
)
@click.option("--rerank", multiple=True, metavar="NAME", help="Also with this reranker, such as late; may be repeated.")
@click.option(
    "--diversity", multiple=True, type=click.FloatRange(0, 1), help="Also with so much variety; may be repeated."
)
@click.option(
    "--vector-type",
    "types",
    multiple=True,
    type=click.Choice(VECTOR_TYPES),
    help="Also what vectors of such numbers cost, on copies of all, which are removed again; may be repeated.",
)
@click.option("--dimensions", type=Sizes(), default="", help="Also what vectors of so many dimensions cost.")
@click.option(
    "--prices", type=IN, help="Prices as TOML, such as those of language models. Default: some that are dated."
)
@json_option
@click.option("--plot", type=OUT, help="Draw recall against latency and P@30 against probes into this PNG.")
@model_options
def evaluate_command(
    as_json: bool,
    plot: Path | None,
    model: str | None,
    device: str | None,
    most: int | None,
    rerank: tuple[str, ...],
    diversity: tuple[float, ...],
    prices: Path | None,
    **asked: Any,
) -> None:
    """Compare what each way of searching finds on the live version, and what it costs.

    \b
    Example:
      python -m indexer evaluate --queries data/queries.jsonl --qrels data/qrels.tsv --plot quality.png
      python -m indexer evaluate --typed role --rerank late --diversity 0.3
      python -m indexer evaluate --queries q.jsonl --qrels qrels --most 50 --rerank pairwise:gpt-4o-mini
      python -m indexer evaluate --sample 200
      python -m indexer evaluate --typed role --vector-type float16 --vector-type int8 --dimensions 256,192
    """
    from ..compare.economics import OWN_PRICES, load_prices
    from ..evaluate import render, tasks
    from ..evaluate.evaluation import CloserLook, evaluate
    from ..evaluate.plot import plot as draw
    from ..evaluate.sizes import Sizes as Tried
    from .tools import encoder, open_store, rerankers

    tried = Tried(asked.pop("types"), asked.pop("dimensions"))
    given = [name for name in ("queries", "typed", "sample") if asked[name] is not None]
    if len(given) != 1 or (asked["queries"] is None) != (asked["qrels"] is None):
        raise click.UsageError("say either --queries together with --qrels, or --typed, or --sample")
    store = open_store()
    task = tasks.make_task(store, store.versions.live(), tasks.Asked(**asked))
    if most is not None:
        task = tasks.some_of(task, most)
    loaded = encoder(model, device)
    look = CloserLook(rerankers(rerank, loaded), diversity, load_prices(prices or OWN_PRICES))
    evaluation = evaluate(store, loaded, task, look, tried)
    click.echo(render.as_json(evaluation) if as_json else render.table(evaluation))
    if plot is not None:
        draw(evaluation, plot)
