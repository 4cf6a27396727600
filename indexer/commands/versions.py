"""``status``, ``rollback``, ``prune`` and ``diff``: versions of the index."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console

from profilesearch.embedding import Encoder, compatible, load_encoder
from profilesearch.errors import ModelMismatch, SourceError
from profilesearch.store import BuildLock, Store, VersionRecord, connect

from ..canaries import Comparison, compare, load_canaries, mean_overlap
from ..prune import prune
from ..report import Report
from ..rollback import roll_back
from ..status import gather, show
from .options import IN, exit_on_sigterm, json_option, settings, store

_LISTED = 3
"""People in one version alone that ``diff`` names for each query."""


@click.command("status")
@json_option
def status_command(as_json: bool) -> None:
    """Show every version, the build that runs, and whether a rebuild is worth it.

    Exits with 1 if nothing is live.

    \b
    Example:
      python -m indexer status
      python -m indexer status --json
    """
    server = connect(settings())
    owner = BuildLock.owner(server)
    found = gather(Store(server), owner)
    if as_json:
        click.echo(json.dumps(found))
    else:
        show(found, owner, Console(highlight=False, soft_wrap=False))
    if found["live"] is None:
        raise click.exceptions.Exit(1)


@click.command("rollback")
@click.argument("version", required=False)
def rollback_command(version: str | None) -> None:
    """Make an earlier version live again: VERSION, or the one that was live before.

    \b
    Example:
      python -m indexer rollback
      python -m indexer rollback v3
    """
    with _locked("rollback") as store:
        outcome = roll_back(store, version)
    record, before = outcome.record, outcome.before
    if not outcome.done:
        click.echo(f"{record.version} is live already", err=True)
        return
    retired = f"; {before.version} is retired" if before else ""
    click.echo(f"{record.version} is live, with {outcome.profiles:,} profiles{retired}", err=True)
    if outcome.other_model:
        click.echo(
            f"it was built with the model {record.model}: start the web app with PROFILESEARCH_MODEL={record.model}",
            err=True,
        )
    if before and outcome.lost_changes:
        click.echo(
            f"{outcome.lost_changes:,} changes that were applied to {before.version} are not in it: sync applies them",
            err=True,
        )


@click.command("prune")
@click.option("--keep", type=click.IntRange(0), default=2, help="How many retired versions stay, to go back to.")
@click.option("--json", "as_json", is_flag=True, help="Log JSON lines.")
def prune_command(keep: int, as_json: bool) -> None:
    """Remove old versions and what interrupted builds left; never what is live or being built.

    \b
    Example:
      python -m indexer prune --keep 2
    """
    exit_on_sigterm()
    report = Report(as_json=as_json)
    with _locked("prune") as store:
        if not prune(store, keep, report):
            report.say("nothing to remove")


@contextmanager
def _locked(job: str) -> Iterator[Store]:
    """The store for a job that nobody else may build, roll back or prune beside."""
    server = connect(settings())
    with BuildLock(server) as lock:
        lock.progress(job)
        yield Store(server).locked(lock)


@click.command("diff")
@click.argument("before")
@click.argument("after")
@click.option("--canaries", type=IN, help="Queries as JSON Lines with text. Default: the latest 20 of the web app.")
@json_option
def diff_command(before: str, after: str, canaries: Path | None, as_json: bool) -> None:
    """Show what changed for the canary queries from version BEFORE to version AFTER.

    \b
    Example:
      python -m indexer diff v1 v2 --canaries data/queries.jsonl
    """
    held = store()
    records = [held.versions.get(name) for name in (before, after)]
    queries = load_canaries(canaries, held)
    if not queries:
        raise SourceError("no canary queries: expected --canaries, or a web app that was asked something")
    encoders: dict[str, Encoder] = {}
    asked = [(record, _encoder_of(record, encoders)) for record in records]
    found = compare(held, asked[0], asked[1], queries)
    if as_json:
        click.echo(json.dumps({"before": before, "after": after, "overlap": mean_overlap(found),
                               "queries": [asdict(each) for each in found]}))  # fmt: skip
    else:
        _show(before, after, found)


def _encoder_of(record: VersionRecord, loaded: dict[str, Encoder]) -> Encoder:
    """The model that a version was built with.

    Raises:
        ModelMismatch: the model of that name is another one now.
    """
    if record.fingerprint not in loaded:
        encoder = load_encoder(record.model, settings().device, settings().precision)
        if not compatible(encoder.fingerprint, record.fingerprint):
            raise ModelMismatch(
                f"version {record.version} was built with {record.model} ({record.fingerprint}), and the model of that "
                f"name is another one here ({encoder.fingerprint})"
            )
        loaded[record.fingerprint] = encoder
    return loaded[record.fingerprint]


def _show(before: str, after: str, comparisons: list[Comparison]) -> None:
    """A paragraph for each query, one person a line, whatever the width."""
    for comparison in comparisons:
        click.echo(f"{comparison.overlap:4.0%}  {' '.join(comparison.query.split())[:100]}")
        for version, ids in ((before, comparison.gone), (after, comparison.new)):
            for id_ in ids[:_LISTED]:
                click.echo(f"      only in {version}: {id_}  {comparison.headlines[id_]}")
            if len(ids) > _LISTED:
                click.echo(f"      only in {version}: {len(ids) - _LISTED} more")
    click.echo(f"\nmean overlap@10 over {len(comparisons)} queries: {mean_overlap(comparisons):.0%}")
