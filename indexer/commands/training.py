"""``train``: hard negatives, training, merging, and what came of it; long because four commands have many options."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from profilesearch.settings import DEFAULT_MODEL

from ..train.options import TrainOptions
from .options import IN, OUT, Names, exit_on_sigterm, json_log_option, json_option, model_options

if TYPE_CHECKING:
    from ..train.quality import JudgedSet
    from ..train.report import Measured

_FOLDER = click.Path(path_type=Path, file_okay=False)
_METRICS = ("nDCG@10", "MAP", "MRR", "R@1", "R@10", "R@100")


class Range(click.ParamType[tuple[int, int]]):
    """Ranks from … to …."""

    name = "low-high"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        if isinstance(value, tuple):
            return value
        low, _, high = str(value).partition("-")
        if not (low.isdigit() and high.isdigit() and 1 <= int(low) <= int(high) <= 100_000):
            self.fail(f"expected two ranks such as 2-200, got {value!r}", param, ctx)
        return int(low), int(high)


class Numbers(click.ParamType[tuple[float, ...]]):
    """Numbers, separated by commas."""

    name = "n,n,…"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[float, ...]:
        if isinstance(value, tuple):
            return value
        try:
            shares = tuple(float(part) for part in str(value).split(",") if part.strip())
        except ValueError:
            shares = (-1.0,)
        if not all(0 <= share <= 1 for share in shares):
            self.fail(f"expected numbers from 0 to 1, separated by commas, got {value!r}", param, ctx)
        return shares


def _judged_sets(function: Any) -> Any:
    """``--inside`` and ``--outside``."""
    for name, about in (("outside", "A judged set of another field"), ("inside", "A judged set of the field")):
        function = click.option(
            f"--{name}",
            nargs=3,
            multiple=True,
            type=IN,
            metavar="CORPUS QUERIES QRELS",
            help=f"{about}; may be repeated.",
        )(function)
    return function


@click.group("train")
def train_command() -> None:
    """Teach an embedding model your field: mine negatives, tune, merge with the base, measure.

    \b
    Example:
      python -m indexer train run train.jsonl tuned
    """


@train_command.command("mine")
@click.argument("examples", type=IN)
@click.argument("out", type=OUT)
@click.option("--corpus", type=IN, help="Texts to draw from: JSON Lines with id and text. Default: the examples' own.")
@click.option("--live", is_flag=True, help="Draw from the profiles of the live version.")
@click.option("--range", "ranks", type=Range(), default="2-200", help="Ranks that negatives are drawn from.")
@click.option("--negatives", type=click.IntRange(1, 100), default=4, help="How many each example gets, at the most.")
@click.option(
    "--margin", type=click.FloatRange(0, 2), default=0.95, help="Share of a positive's cosine that theirs stays below."
)
@click.option(
    "--filter",
    "opinion",
    metavar="KIND:MODEL",
    help="Leave out what cross-encoder:MODEL or openai:MODEL (at OPENAI_BASE_URL) says to fit after all.",
)
@click.option(
    "--filter-threshold",
    type=float,
    default=0.5,
    help="Score of a cross-encoder from which a text fits, in its own unit.",
)
@click.option("--seed", type=int, default=42, help="The same seed draws the same.")
@model_options
def mine_command(
    examples: Path,
    out: Path,
    corpus: Path | None,
    live: bool,
    model: str | None,
    device: str | None,
    opinion: str | None,
    filter_threshold: float,
    **asked: Any,
) -> None:
    """Write EXAMPLES into OUT with hard negatives: texts that the model finds for a query, and nobody said that they fit.

    Both are JSON Lines of {"query", "pos", "neg"}, which FlagEmbedding and sentence-transformers read.

    \b
    Example:
      python -m indexer train mine train.jsonl mined.jsonl --range 2-200 --negatives 4
      python -m indexer train mine train.jsonl mined.jsonl --live
      python -m indexer train mine train.jsonl mined.jsonl --filter cross-encoder:models/reranker --filter-threshold 0.3
    """
    from ..compare.corpus import live_corpus, load_corpus
    from ..train.examples import read_examples, write_examples
    from ..train.mining import Mining, corpus_of, mine
    from ..train.second_opinions import second_opinion
    from ..wording import word
    from .tools import cached_encoder, open_store, settings

    if live and corpus is not None:
        raise click.UsageError("say --live or --corpus")
    chosen = settings()
    second = opinion and second_opinion(opinion, filter_threshold, device or chosen.device, chosen.openai)
    given = read_examples(examples)
    if live:
        store = open_store()
        searched = live_corpus(store, store.versions.live())
    else:
        searched = load_corpus(corpus) if corpus is not None else corpus_of(given)
    low, high = asked.pop("ranks")
    with cached_encoder(model, device) as (encoder, _):
        mined = list(mine(given, searched, encoder, Mining(low, high, **asked), second or None))
    write_examples(out, mined)
    negatives = sum(len(example.negatives) for example in mined)
    click.echo(word("train.mined", examples=len(mined), negatives=negatives, out=out))


@train_command.command("run")
@click.argument("examples", type=IN)
@click.argument("out", type=_FOLDER)
@click.option("--base", default=DEFAULT_MODEL, help="The model to begin with: the bundled one, or a model's folder.")
@click.option(
    "--epochs", type=click.IntRange(1, 1000), default=TrainOptions.epochs, help="How often each example is seen."
)
@click.option(
    "--batch-size", type=click.IntRange(2, 65536), default=TrainOptions.batch_size, help="Examples in a batch."
)
@click.option(
    "--mini-batch",
    type=click.IntRange(0, 65536),
    default=TrainOptions.mini_batch,
    help="Texts computed at once, where memory is short; 0 for all.",
)
@click.option(
    "--negatives",
    type=click.IntRange(0, 100),
    default=TrainOptions.negatives,
    help="Mined negatives with each example.",
)
@click.option(
    "--learning-rate",
    type=click.FloatRange(0, 1, min_open=True),
    default=TrainOptions.learning_rate,
    help="The highest.",
)
@click.option(
    "--lora",
    type=click.IntRange(0, 1024),
    default=TrainOptions.lora,
    help="For large models: train adapters of this rank instead of all weights; a learning rate ten times as high fits.",
)
@click.option(
    "--tokens", type=click.IntRange(2, 8192), default=TrainOptions.tokens, help="Read of a text while training."
)
@click.option(
    "--dimensions", type=Names(), default="", help="Also train beginnings of vectors of so many dimensions: 192,96."
)
@click.option(
    "--held-back",
    type=click.FloatRange(0, 0.5),
    default=TrainOptions.held_back,
    help="Share of the groups not trained on.",
)
@click.option("--at", type=click.IntRange(1, 1000), default=TrainOptions.at, help="N of the recall@N measured on them.")
@click.option("--every", type=click.IntRange(1), default=TrainOptions.every, help="Steps between two measurements.")
@click.option(
    "--patience",
    type=click.IntRange(1),
    default=TrainOptions.patience,
    help="Measurements without a better one, to stop.",
)
@click.option(
    "--seed", type=click.IntRange(0, 2**31), default=TrainOptions.seed, help="The same seed gives the same model."
)
@json_log_option
def run_command(as_json: bool, dimensions: tuple[str, ...], **asked: Any) -> None:
    """Tune a model on EXAMPLES, and write it into the folder OUT, which sentence-transformers and --model load.

    What is cut off goes on where it was when the same command is given again. Training needs requirements-train.txt.

    \b
    Example:
      python -m indexer train run train.jsonl tuned
      python -m indexer train run mined.jsonl tuned --negatives 2 --batch-size 64 --dimensions 192,96
    """
    from ..report import Report
    from ..train.training import train

    if not all(each.isdigit() and int(each) > 0 for each in dimensions):
        raise click.BadParameter("expected numbers such as 192,96", param_hint="--dimensions")
    exit_on_sigterm()
    report = Report(as_json=as_json)
    train(TrainOptions(dimensions=tuple(map(int, dimensions)), **asked), report)
    report.say("train.done", out=asked["out"])
    report.summary()


@train_command.command("merge")
@click.argument("out", type=_FOLDER)
@click.option("--base", default=DEFAULT_MODEL, help="The model before training.")
@click.option("--tuned", required=True, help="The folder of the model after it.")
@click.option("--alpha", type=click.FloatRange(0, 1), help="Share of the tuned model. Default: the best of --alphas.")
@click.option("--alphas", type=Numbers(), default="0.2,0.4,0.6,0.8,1", help="Shares that are measured.")
@click.option("--metric", type=click.Choice(_METRICS), default="MRR", help="What is best, and what must be kept.")
@click.option(
    "--keep", type=click.FloatRange(0, 1), default=0.98, help="Share of the base's quality to keep on each --outside."
)
@_judged_sets
@json_option
def merge_command(out: Path, base: str, tuned: str, alpha: float | None, as_json: bool, **asked: Any) -> None:
    """Mix the weights of a tuned model with its base's, and write the mixture into the folder OUT.

    Without --alpha, mixtures are measured on judged sets, and the one is written that finds most in --inside, of those that
    keep enough of what the base finds in --outside.

    \b
    Example:
      python -m indexer train merge merged --tuned tuned --alpha 0.5
      python -m indexer train merge merged --tuned tuned --inside texts.jsonl queries.jsonl qrels.tsv
    """
    from ..train.merging import best, curve, merge_weights, save_mixture
    from ..train.mixtures import mixtures
    from ..train.weights import load_model, require_absent
    from ..wording import word

    require_absent(out)
    points = []
    if alpha is None:
        points = curve(_sets(asked), asked["alphas"], asked["metric"], mixtures(base, tuned))
        alpha = best(points, asked["keep"]).alpha
    facts = {"base": base, "tuned": tuned, "alpha": alpha, "curve": [asdict(point) for point in points]}
    save_mixture(merge_weights(load_model(base), load_model(tuned), alpha), out, facts)
    if as_json:
        click.echo(json.dumps(facts, indent=1))
        return
    for point in points:
        message = "train.point" if point.outside is None else "train.point_outside"
        click.echo(word(message, **asdict(point)))
    click.echo(word("train.merged", alpha=alpha, out=out))


@train_command.command("report")
@click.argument("models", nargs=-1, required=True, metavar="MODEL…")
@_judged_sets
@click.option("--html", type=OUT, help="Write a page with plots, which loads nothing.")
@click.option(
    "--card",
    is_flag=True,
    help="Write the floor into the cards of tuned models: the lowest of all --inside. A version built with one takes it.",
)
@click.option("--device", type=click.Choice(["auto", "cpu", "cuda", "mps"]), help="Where the models run.")
@json_option
def report_command(
    models: tuple[str, ...], html: Path | None, card: bool, device: str | None, as_json: bool, **asked: Any
) -> None:
    """Measure MODEL… on judged sets: recall, MRR, nDCG, MAP, and how far apart the cosines of fits and misfits are.

    The others are tested against the first. A corpus and queries are JSON Lines with id and text, qrels are TREC's.

    \b
    Example:
      python -m indexer train report all-MiniLM-L6-v2 tuned merged --inside texts.jsonl queries.jsonl qrels.tsv
    """
    from ..train import report
    from ..train.quality import Figures, figures
    from .tools import cached_encoder

    measured = []
    for judged in _sets(asked):
        found: list[Figures] = []
        for model in models:
            with cached_encoder(model, device) as (encoder, _):
                found.append(figures(model, encoder, judged, found[0] if found else None))
        measured.append(report.Measured(judged, found))
    click.echo(report.as_json(measured) if as_json else report.table(measured))
    if html is not None:
        html.write_text(report.page(measured), encoding="utf-8")
    if card:
        _note_floors(models, measured)


def _note_floors(models: tuple[str, ...], measured: "list[Measured]") -> None:
    from ..train.card import CARD, write_floor

    inside = [each for each in measured if each.judged.inside]
    if not inside:
        raise click.UsageError("the floor is that of sets of the field: name one with --inside")
    names = ", ".join(each.judged.name for each in inside)
    for place, model in enumerate(models):
        if (Path(model) / CARD).is_file():
            thresholds = [each.models[place].spread.threshold for each in inside]
            write_floor(Path(model), min(thresholds, key=lambda threshold: threshold.cosine), names)


def _sets(asked: dict[str, Any]) -> "list[JudgedSet]":
    from ..train.quality import JudgedSet

    sets = [JudgedSet.load(files, inside=name == "inside") for name in ("inside", "outside") for files in asked[name]]
    if not sets:
        raise click.UsageError("name a judged set: --inside CORPUS QUERIES QRELS")
    return sets
