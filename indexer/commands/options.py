"""Options that several commands share. Imports nothing that takes time, so that help comes at once."""

import signal
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

import click

from ..build.options import BuildOptions

F = TypeVar("F", bound=Callable[..., Any])
OUT = click.Path(path_type=Path, dir_okay=False)
IN = click.Path(path_type=Path, dir_okay=False, exists=True)
STANDARD_INPUT = "-"
VECTOR_TYPES = ("float32", "float16", "bfloat16", "int8")

JSON = "indexer.json"
"""Where the context's ``meta`` says that JSON was asked for, so that an error is told as JSON, too."""


class Names(click.ParamType[tuple[str, ...]]):
    """Column names, separated by commas."""

    name = "a,b,…"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        if isinstance(value, tuple):
            return value
        return tuple(part.strip() for part in str(value).split(",") if part.strip())


class Sizes(click.ParamType[tuple[int, ...]]):
    """Numbers of dimensions, separated by commas."""

    name = "n,n,…"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:
        if isinstance(value, tuple):
            return value
        return tuple(click.IntRange(1, 100_000)(part, param, ctx) for part in str(value).split(",") if part)


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
    function = click.option(
        "--rejects", type=OUT, help="Where skipped rows go, with reasons. Default: SOURCE.rejects.jsonl."
    )(function)
    function = click.option("--skip-bad-rows", is_flag=True, help="Go on without rows that are no profiles.")(function)
    return click.option(
        "--format",
        "format_",
        type=click.Choice(["jsonl", "csv", "parquet"]),
        help="Format of SOURCE; by default its ending tells.",
    )(function)


def rejects_of(source: str, skip_bad_rows: bool, rejects: Path | None) -> Path | None:
    """Where bad rows go; None if one of them refuses the source."""
    if not skip_bad_rows:
        return None
    return rejects or Path(f"{'stdin' if source == STANDARD_INPUT else source}.rejects.jsonl")


def keep_option(least: int) -> Callable[[F], F]:
    """``--keep``, at least so many."""
    return click.option(
        "--keep",
        type=click.IntRange(least),
        default=BuildOptions.keep,
        help="How many retired versions of each model stay, to go back to.",
    )


def _json(text: str) -> Callable[[F], F]:
    def note(context: click.Context, _: click.Parameter, value: bool) -> bool:
        context.meta[JSON] = value
        return value

    return click.option("--json", "as_json", is_flag=True, callback=note, help=text)


json_option = _json("Print JSON.")
json_log_option = _json("Log JSON lines, and print the summary as JSON.")


def exit_on_sigterm() -> None:
    """SIGTERM ends the job as an interruption does: what was done stays, and exit status 143 tells."""

    def end(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, end)
