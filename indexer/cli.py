"""The command line of the batch job."""

import gc
import sys
from importlib import import_module
from typing import Any

import click

from profilesearch import __version__
from profilesearch.errors import BuildRunning, ProfileSearchError, RedisUnavailable, VerificationFailed

from .commands.options import JSON

_EXITS: tuple[tuple[type[ProfileSearchError], int], ...] = (
    (BuildRunning, 3),
    (VerificationFailed, 4),
    (RedisUnavailable, 5),
    (ProfileSearchError, 1),
)
_COMMANDS = {
    "sample": "sample",
    "build": "build",
    "sync": "changes",
    "watch": "changes",
    "status": "versions",
    "rollback": "versions",
    "prune": "versions",
    "diff": "versions",
    "models": "models",
    "embed": "queries",
    "evaluate": "queries",
    "compare": "comparison",
    "pairs": "comparison",
    "labels": "labels",
    "train": "training",
    "promote": "promotion",
}
"""Where each command is, imported when it is asked for; what it needs to work, when it runs."""


class _Commands(click.Group):
    """Errors of the domain as one clear message and an exit status."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = import_module(f"{__package__}.commands.{_COMMANDS[cmd_name]}")
        command: click.Command = getattr(module, f"{cmd_name}_command")
        return command

    def invoke(self, ctx: click.Context) -> Any:
        gc.set_threshold(50_000, 20, 20)  # rows make no cycles: collecting often would slow down every stage
        try:
            return super().invoke(ctx)
        except ProfileSearchError as error:
            from .wording import explain

            _fail(ctx, explain(error))
            sys.exit(next(code for kind, code in _EXITS if isinstance(error, kind)))
        except KeyboardInterrupt:
            from .wording import word

            _fail(ctx, word("job.interrupted"))
            sys.exit(130)


def _fail(ctx: click.Context, message: str) -> None:
    from .report import Report

    Report(as_json=bool(ctx.meta.get(JSON))).fail(message)


@click.group(cls=_Commands, context_settings={"show_default": True, "max_content_width": 110})
@click.version_option(__version__, prog_name="profile search indexer")
def main() -> None:
    """Build and look after the index of profiles.

    Redis is expected at $REDIS_URL, by default redis://127.0.0.1:6390/0, where python -m redis_local listens.

    Exit status: 0 done, 1 refused or failed, 2 wrong use, 3 another build, rollback or prune is running, 4 a version
    did not pass its checks, 5 Redis cannot be reached, 130 interrupted, 143 terminated.
    """
