"""``labels``: judgements in, out, counted, and made."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .options import IN, OUT, Names, json_option

if TYPE_CHECKING:
    from profilesearch.labels import Label
    from profilesearch.store import Store

_OWNER = click.option("--owner", default="local", help="Whose labels: local are those of the page and the API.")
_SHARE = click.FloatRange(0, 1, min_open=True, max_open=True)


@click.group("labels")
def labels_command() -> None:
    """Bring in, take out, count and make labels: who fits which text.

    \b
    Example:
      python -m indexer labels stats
    """


@labels_command.command("import")
@click.argument("file", type=IN)
@click.option("--queries", type=IN, help="FILE is TREC qrels of these queries (JSON Lines with id and text).")
@_OWNER
def import_command(file: Path, queries: Path | None, owner: str) -> None:
    """Keep the labels of FILE in Redis: of examples ({"query", "pos", "neg"}, JSON Lines), or of TREC qrels.

    A label of the same text and profile is replaced, so that importing twice changes nothing.

    \b
    Example:
      python -m indexer labels import data/qrels.tsv --queries data/queries.jsonl
      python -m indexer labels import judged.jsonl --owner experts
    """
    from ..labels.files import read_labels
    from ..wording import word
    from .tools import open_store

    labels = read_labels(file, queries)
    changed = open_store().labels.add(owner, labels)
    click.echo(word("labels.imported", labels=len(labels), changed=changed, owner=owner))


@labels_command.command("export")
@click.argument("out", type=OUT)
@click.option("--queries", type=OUT, help="Write OUT as TREC qrels, and its queries here. Default: OUT has examples.")
@click.option(
    "--part",
    type=click.Choice(["all", "train", "test"]),
    default="all",
    help="Only what is trained on, or tested with.",
)
@click.option(
    "--test-share", type=_SHARE, default=0.2, help="Share of the queries, and of the profiles, that are tested with."
)
@_OWNER
def export_command(out: Path, queries: Path | None, part: str, test_share: float, owner: str) -> None:
    """Write the labels into OUT, as examples to train with ({"query", "pos", "neg"}) or as TREC qrels.

    Texts are those of the live version. --part splits by query and by profile, never by label: what is tested with has no
    query and no profile of what is trained on.

    \b
    Example:
      python -m indexer labels export train.jsonl --part train
      python -m indexer labels export test.tsv --queries test-queries.jsonl --part test
    """
    from profilesearch.errors import SourceError

    from ..labels.files import examples_of, texts_of, write_qrels
    from ..labels.statistics import split
    from ..train.examples import write_examples
    from ..wording import word
    from .tools import open_store

    store = open_store()
    labels = sorted(store.labels.each(owner), key=lambda label: (label.query, label.profile_id, label.text))
    if part != "all":
        labels = split(labels, test_share)["train" if part == "train" else "test"]
    if not labels:
        raise SourceError(f"there are no labels of {owner}: expected some to export")
    if queries is not None:
        written = write_qrels(labels, out, queries)
    else:
        texts = texts_of(store, store.versions.live(), (label.profile_id for label in labels))
        written = write_examples(out, examples_of(labels, texts))
    click.echo(word("labels.exported", written=written, labels=len(labels), out=out))


@labels_command.command("stats")
@click.option("--train", type=IN, help="Examples that are trained on: what leaks into --test is told.")
@click.option("--test", type=IN, help="Examples that are tested with.")
@click.option("--owner", "owners", multiple=True, default=("local",), help="Whose labels; may be repeated.")
@json_option
def stats_command(train: Path | None, test: Path | None, owners: tuple[str, ...], as_json: bool) -> None:
    """Count labels: how many agree, which contradict each other, and what of --train is in --test.

    Exits with 1 if something leaks.

    \b
    Example:
      python -m indexer labels stats --owner local --owner experts
      python -m indexer labels stats --train train.jsonl --test test.jsonl
    """
    from ..labels.files import read_labels
    from ..labels.statistics import count, leaks
    from .tools import open_store

    if (train is None) != (test is None):
        raise click.UsageError("--train and --test belong together")
    found = None
    if train is not None and test is not None:
        one, other = read_labels(train, None), read_labels(test, None)
        labels: list[Label] = [*one, *other]
        found = leaks(one, other)
    else:
        store = open_store()
        labels = [label for owner in owners for label in store.labels.each(owner)]
    told: dict[str, Any] = asdict(count(labels))
    if found is not None:
        told["leaks"] = asdict(found)
    click.echo(json.dumps(told, ensure_ascii=False, indent=1) if as_json else _text(told))
    if found is not None and (found.queries or found.judged):
        raise click.exceptions.Exit(1)


def _text(told: dict[str, Any]) -> str:
    from ..wording import word

    lines = [word("labels.counts", **{name: told[name] for name in ("labels", "queries", "judged")})]
    for name in ("grades", "origins", "labellers"):
        lines.append(f"{name}: " + ", ".join(f"{value} {number:,}" for value, number in told[name].items()))
    if told["agreement"] is not None:
        lines.append(word("labels.agreement", pairs=told["judged_twice"], agreement=told["agreement"]))
    lines += [
        word("labels.contradiction", query=query[:70], judged=judged[:70]) for query, judged in told["contradictions"]
    ]
    if (found := told.get("leaks")) is not None:
        lines.append(word("labels.leaks", queries=len(found["queries"]), judged=len(found["judged"])))
    return "\n".join(lines)


@labels_command.command("make")
@click.argument("kind", type=click.Choice(["headlines", "sentences", "titles"]))
@click.option("--count", type=click.IntRange(1), default=1000, help="Of how many profiles.")
@click.option(
    "--from", "source", type=IN, help="titles: a file of occupations or people, in JSON Lines, CSV or Parquet."
)
@click.option("--titles-field", help="titles: its column of alternative titles, a list or a title a line.")
@click.option("--id-field", default="id", help="titles: its column of ids.")
@click.option(
    "--text-fields", type=Names(), default="title,description", help="titles: the columns that must be found."
)
def make_command(kind: str, count: int, source: Path | None, titles_field: str | None, **columns: Any) -> None:
    """Make labels where nobody has judged: a profile's headline, or two of its sentences, must find the profile.

    With titles, each alternative title of a row of a file must find that row. Labels that are made are marked as synthetic,
    and belong to the owner synthetic.

    \b
    Example:
      python -m indexer labels make headlines --count 500
      python -m indexer labels make titles --from occupations.jsonl --titles-field alternatives
    """
    if kind == "titles" and (source is None or titles_field is None):
        raise click.UsageError("titles are made of a file: say --from and --titles-field")
    if kind != "titles" and (source or titles_field):
        raise click.UsageError("--from and --titles-field belong to titles")
    from profilesearch.fields import Fields

    from ..labels.titles import titles_of
    from ..wording import word
    from .tools import open_store, settings

    store = open_store()
    if source is not None and titles_field is not None:
        text = columns["text_fields"]
        fields = Fields(id=columns["id_field"], title=text[0], text=text, tags=(), numbers=())
        labels = list(titles_of(source, titles_field, fields, settings().cache))
    else:
        labels = _of_profiles(store, kind, count)
    changed = store.labels.add("synthetic", labels)
    click.echo(word("labels.imported", labels=len(labels), changed=changed, owner="synthetic"))


def _of_profiles(store: "Store", kind: str, count: int) -> "list[Label]":
    from profilesearch.text.sentences import excerpt

    from ..labels.files import synthetic

    def headline(id_: str, title: str, text: str) -> str:
        return title

    def sentences(id_: str, title: str, text: str) -> str:
        return excerpt(text, sum(id_.encode()))

    return list(synthetic(store, store.versions.live(), headline if kind == "headlines" else sentences, count))
