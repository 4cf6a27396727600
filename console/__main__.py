"""``python -m console`` and the console script ``profilesearch``."""

import importlib
from dataclasses import dataclass

import click

from profilesearch import __version__


@dataclass(frozen=True)
class Part:
    """A command line of the project: the module that has it as ``main``, and what it is for."""

    module: str
    help: str


PARTS = {
    "index": Part("indexer.cli", "The batch job: build, sync, watch, status, …; python -m indexer."),
    "web": Part("webapp.__main__", "The search page and the JSON API; python -m webapp."),
    "redis": Part("redis_local.__main__", "A Redis with vector search, without Docker; python -m redis_local."),
}


class _Parts(click.Group):
    """Imports a part when it is run, so that one of them does not wait for the others' libraries."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(PARTS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in PARTS:
            return None
        command: click.Command = importlib.import_module(PARTS[cmd_name].module).main
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, part.help) for name, part in PARTS.items()])


@click.command(cls=_Parts, context_settings={"max_content_width": 110})
@click.version_option(__version__, prog_name="profilesearch")
def main() -> None:
    """Paste a job description, see the people who fit.

    \b
    Example:
      profilesearch redis
      profilesearch index build people.csv --id-field mail --text-fields title,summary
      profilesearch web
    """


if __name__ == "__main__":
    main()
