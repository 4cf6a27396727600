"""The command line of the batch job."""

import gc
import sys
from typing import Any

import click

from profilesearch import __version__
from profilesearch.errors import BuildRunning, ProfileSearchError, RedisUnavailable, VerificationFailed

from .commands.build import build_command
from .commands.changes import sync_command, watch_command
from .commands.queries import embed_command, evaluate_command
from .commands.sample import sample_command
from .commands.versions import diff_command, prune_command, rollback_command, status_command
from .report import Report

_EXITS: tuple[tuple[type[ProfileSearchError], int], ...] = (
    (BuildRunning, 3),
    (VerificationFailed, 4),
    (RedisUnavailable, 5),
    (ProfileSearchError, 1),
)


class _Group(click.Group):
    """Errors of the domain as one clear message and an exit status."""

    def invoke(self, ctx: click.Context) -> Any:
        gc.freeze()  # what is imported stays, and rows make no cycles: collecting often would slow down every stage
        gc.set_threshold(50_000, 20, 20)
        report = Report(as_json="--json" in sys.argv[1:])
        try:
            return super().invoke(ctx)
        except ProfileSearchError as error:
            report.fail(str(error))
            sys.exit(next(code for kind, code in _EXITS if isinstance(error, kind)))
        except KeyboardInterrupt:
            report.fail("interrupted")
            sys.exit(130)


@click.group(cls=_Group, context_settings={"show_default": True, "max_content_width": 110})
@click.version_option(__version__, prog_name="profile search indexer")
def main() -> None:
    """Build and look after the index of profiles.

    Redis is expected at $REDIS_URL, by default redis://127.0.0.1:6390/0, where python -m redis_local listens.

    Exit status: 0 done, 1 refused or failed, 2 wrong use, 3 another build, rollback or prune is running, 4 a version
    did not pass its checks, 5 Redis cannot be reached, 130 interrupted, 143 terminated.
    """


for _command in (
    sample_command, build_command, sync_command, watch_command, status_command, rollback_command, prune_command,
    diff_command, embed_command, evaluate_command,
):  # fmt: skip
    main.add_command(_command)
