"""Options and settings that several commands share."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

import click

from profilesearch.embedding import CachedEncoder, EmbeddingCache, Encoder, load_encoder, model_stamp
from profilesearch.settings import Settings
from profilesearch.store import Server, Store, connect

from ..report import Report

F = TypeVar("F", bound=Callable[..., Any])
OUT = click.Path(path_type=Path, dir_okay=False)
IN = click.Path(path_type=Path, dir_okay=False, exists=True)


class Names(click.ParamType[tuple[str, ...]]):
    """Column names, separated by commas."""

    name = "a,b,…"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        if isinstance(value, tuple):
            return value
        return tuple(part.strip() for part in str(value).split(",") if part.strip())


class ClusterCount(click.ParamType[Any]):
    """A number of clusters, or ``auto``."""

    name = "number|auto"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return value if value == "auto" else click.IntRange(1, 10_000).convert(value, param, ctx)


def model_options(function: F) -> F:
    """``--model`` and ``--device``."""
    function = click.option(
        "--device",
        type=click.Choice(["auto", "cpu", "cuda", "mps"]),
        help="Where the model runs. Default: $PROFILESEARCH_DEVICE or the fastest there is.",
    )(function)
    return click.option(
        "--model",
        help="A sentence-transformers name or path. Default: $PROFILESEARCH_MODEL or the bundled all-MiniLM-L6-v2.",
    )(function)


def source_options(function: F) -> F:
    """``--format``, ``--skip-bad-rows`` and ``--rejects``."""
    for option in (
        click.option("--rejects", type=OUT, help="Where skipped rows go, with reasons. Default: SOURCE.rejects.jsonl."),
        click.option("--skip-bad-rows", is_flag=True, help="Go on without rows that are no profiles."),
        click.option("--format", "format_", type=click.Choice(["jsonl", "csv", "parquet"]),
                     help="Format of SOURCE; by default its ending tells."),
    ):  # fmt: skip
        function = option(function)
    return function


def rejects_of(source: str, skip_bad_rows: bool, rejects: Path | None) -> Path | None:
    """Where bad rows go; None if one of them refuses the source."""
    if not skip_bad_rows:
        return None
    return rejects or Path(f"{'stdin' if source == '-' else source}.rejects.jsonl")


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
"""``--json``."""


def settings() -> Settings:
    """The settings of the environment."""
    return Settings.from_env(os.environ)


def job_server() -> Server:
    """A Redis that is waited for when it is away.

    Raises:
        RedisUnavailable: it is not there to begin with.
    """
    chosen = settings()
    Store(connect(chosen)).ping()
    return connect(chosen, chosen.redis_patience)


def store() -> Store:
    """The store at ``REDIS_URL``."""
    return Store(connect(settings()))


def encoder(model: str | None, device: str | None) -> Encoder:
    """The model, loaded."""
    chosen = settings()
    return load_encoder(model or chosen.model, device or chosen.device, chosen.precision)


@contextmanager
def cached_encoder(
    model: str | None, device: str | None, report: Report | None = None
) -> Iterator[tuple[CachedEncoder, EmbeddingCache]]:
    """The model behind the cache, loaded when it is first needed, which the report tells."""
    chosen = settings()
    name, place = model or chosen.model, device or chosen.device
    cache = EmbeddingCache(chosen.cache)

    def load() -> Encoder:
        with report.stage("load model") if report else nullcontext():
            return load_encoder(name, place, chosen.precision)

    try:
        yield CachedEncoder(name, load, cache, model_stamp(name, place, chosen.precision)), cache
    finally:
        cache.close()


def exit_on_sigterm() -> None:
    """SIGTERM ends the job as an interruption does: what was done stays, and exit status 143 tells."""

    def end(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, end)
