"""``sync`` and ``watch``: changes between builds."""

import signal
from pathlib import Path
from typing import Any

import click

from profilesearch.store import Store

from ..report import Report
from ..sync import SyncOptions, sync
from ..watch import Watcher, WatchOptions
from .options import cached_encoder, exit_on_sigterm, job_server, model_options, rejects_of, settings, source_options


@click.command("sync")
@click.argument("source")
@source_options
@click.option("--delete-missing", is_flag=True, help="Remove profiles that SOURCE does not have.")
@click.option("--allow-shrink", is_flag=True, help="With --delete-missing: even more than a fifth of them.")
@click.option("--dry-run", is_flag=True, help="Only count.")
@click.option("--json", "as_json", is_flag=True, help="Log JSON lines, and print the summary as JSON.")
@model_options
def sync_command(
    source: str, format_: Any, skip_bad_rows: bool, rejects: Path | None, as_json: bool, model: str | None,
    device: str | None, **rest: Any,
) -> None:  # fmt: skip
    """Apply what is new or changed in SOURCE to the live version, and embed only that.

    SOURCE has the columns that the live version was built from. A profile that changed moves to its nearest cluster.

    \b
    Example:
      python -m indexer sync data/profiles.jsonl --dry-run
      python -m indexer sync data/profiles.jsonl --delete-missing
    """
    exit_on_sigterm()
    report = Report(as_json=as_json)
    options = SyncOptions(source, format_, rejects_of(source, skip_bad_rows, rejects), **rest)
    with cached_encoder(model, device, report) as (encoder, cache):
        counts = sync(options, Store(job_server()), encoder, cache.directory, report)
    if counts.missing and not options.delete_missing:
        name = "standard input" if source == "-" else source
        report.say(f"{counts.missing:,} profiles are not in {name} and stay (--delete-missing removes them)")
    if options.dry_run:
        report.say("nothing was changed: this was a dry run")
    report.summary()


@click.command("watch")
@click.option("--group", default="indexer", help="The consumer group; several processes may share it.")
@click.option("--consumer", help="This process' name in the group. Default: host and pid.")
@click.option("--batch", type=click.IntRange(1, 10_000), default=100, help="Changes that are applied at once, at most.")
@click.option("--claim-after", type=click.FloatRange(0.1), default=30.0,
              help="Seconds after which a change that another consumer took and did not apply is taken over.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Log JSON lines, and print the summary as JSON.")
@model_options
def watch_command(
    group: str, consumer: str | None, batch: int, claim_after: float, as_json: bool, model: str | None,
    device: str | None,
) -> None:  # fmt: skip
    """Apply changes from the Redis stream profiles:changes to the live version as they come, until SIGTERM.

    \b
    Example:
      python -m indexer watch
      redis-cli XADD profiles:changes '*' op upsert id p1 profile '{"headline": "Data engineer", "text": "…"}'
      redis-cli XADD profiles:changes '*' op delete id p1
    """
    report = Report(as_json=as_json)
    chosen = settings()
    with cached_encoder(model, device, report) as (encoder, _):
        encoder.inner  # noqa: B018  loaded now, so that the first change need not wait for it
        from profilesearch.store import connect

        watcher = Watcher(WatchOptions(group, consumer or "", batch, claim_after), Store(connect(chosen)), encoder, report)  # fmt: skip
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: watcher.stop.set())
        watcher.run()
    report.summary()
