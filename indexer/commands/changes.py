"""``sync`` and ``watch``: changes between builds."""

import signal
from typing import Any

import click

from .options import exit_on_sigterm, json_log_option, model_options, rejects_of, source_options


@click.command("sync")
@click.argument("source")
@source_options
@click.option("--delete-missing", is_flag=True, help="Remove profiles that SOURCE does not have.")
@click.option("--allow-shrink", is_flag=True, help="With --delete-missing: even more than a fifth of them.")
@click.option("--dry-run", is_flag=True, help="Only count.")
@json_log_option
@model_options
def sync_command(**given: Any) -> None:
    """Apply what is new or changed in SOURCE to the live version of every model, and embed only that.

    SOURCE has the columns that the live versions were built from. A profile that changed moves to its nearest cluster.
    Each version is changed with the model that it was built with; --model names one that lies elsewhere here.

    \b
    Example:
      python -m indexer sync data/profiles.jsonl --dry-run
      python -m indexer sync data/profiles.jsonl --delete-missing
    """
    from profilesearch.store import Store

    from ..report import Report
    from ..sync import SyncOptions, sync
    from .tools import job_server, named_encoders

    exit_on_sigterm()
    report = Report(as_json=given.pop("as_json"))
    model, device = given.pop("model"), given.pop("device")
    rejects = rejects_of(given["source"], given.pop("skip_bad_rows"), given.pop("rejects"))
    options = SyncOptions(format=given.pop("format_"), rejects=rejects, **given)
    with named_encoders(model, device, report) as (encoders, cache):
        sync(options, Store(job_server()), encoders, cache.directory, report)


@click.command("watch")
@click.option("--group", default="indexer", help="The consumer group; several processes may share it.")
@click.option("--consumer", help="This process' name in the group. Default: host and pid.")
@click.option("--batch", type=click.IntRange(1, 10_000), default=100, help="Changes that are applied at once, at most.")
@click.option(
    "--claim-after",
    type=click.FloatRange(0.1),
    default=30.0,
    help="Seconds after which a change that another consumer took and did not apply is taken over.",
)
@json_log_option
@model_options
def watch_command(as_json: bool, model: str | None, device: str | None, **given: Any) -> None:
    """Apply changes from the Redis stream profiles:changes to the live version of every model as they come, until SIGTERM.

    Each version is changed with the model that it was built with; --model names one that lies elsewhere here. A change
    goes to all of them or to none: while a model is away, changes wait.

    \b
    Example:
      python -m indexer watch
      redis-cli XADD profiles:changes '*' op upsert id p1 profile '{"headline": "Data engineer", "text": "…"}'
      redis-cli XADD profiles:changes '*' op delete id p1
    """
    from ..job import running
    from ..report import Report
    from ..watch import Watcher, WatchOptions
    from .tools import named_encoders, open_store

    report = Report(as_json=as_json)
    with named_encoders(model, device, report) as (encoders, _), running("watch", open_store(), report) as job:
        encoders.load_for(job.store)  # now, so that the first change need not wait
        watcher = Watcher(WatchOptions(**given), job.store, encoders, report)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: watcher.stop.set())
        watcher.run()
