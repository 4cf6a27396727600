"""Writes docs/reference from the code: every command with its options, every setting, every error code and exit status.

python scripts/reference.py [--check]

With --check nothing is written; it exits with 1 if a page is not what it should be.
"""

import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from console.__main__ import PARTS
from console.__main__ import main as profilesearch
from indexer import cli
from profilesearch.errors import ProfileSearchError
from profilesearch.settings import Settings
from webapp import errors

FOLDER = Path(__file__).parents[1] / "docs" / "reference"
_WRITTEN = "Written by `python scripts/reference.py` from the code; a test keeps it true.\n"


def pages() -> dict[str, str]:
    """The pages by their names."""
    return {"commands.md": _commands(), "settings.md": _settings(), "errors.md": _errors()}


def main() -> int:
    """Write the pages, or check them."""
    stale = [name for name, text in pages().items() if _current(FOLDER / name) != text]
    if "--check" in sys.argv[1:]:
        if stale:
            print(f"docs/reference is not up to date ({', '.join(stale)}): run python scripts/reference.py")
        return bool(stale)
    FOLDER.mkdir(exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    return 0


def _current(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


# ---------------------------------------------------------------- commands
def _commands() -> str:
    parts = [
        "# Commands and their options\n",
        _WRITTEN,
        "`profilesearch index …` is `python -m indexer …`, `profilesearch web` is `python -m webapp`, and `profilesearch "
        "redis` is `python -m redis_local`. [Command line](../command-line.md) says what each is for, with examples.\n",
    ]
    context = click.Context(profilesearch, info_name="profilesearch")
    for name in PARTS:
        command = profilesearch.get_command(context, name)
        assert command is not None
        parts += _command(command, click.Context(command, info_name=name, parent=context))
    return "\n".join(parts)


def _command(command: click.Command, context: click.Context) -> Iterator[str]:
    """A command and those below it."""
    usage = " ".join(command.collect_usage_pieces(context))
    about, _, example = inspect.cleandoc(command.help or "").replace("\b", "").partition("\nExample:\n")
    yield f"## {context.command_path}\n"
    yield f"```\n{context.command_path} {usage}\n```\n"
    yield about.strip() + "\n"
    if example.strip():
        yield f"```console\n{_prompts(example)}\n```\n"
    if options := [option for option in command.params if isinstance(option, click.Option)]:
        yield "| option | default | what |\n|---|---|---|"
        yield "\n".join(_option(option, context) for option in options) + "\n"
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from _command(below, click.Context(below, info_name=name, parent=context))


def _prompts(example: str) -> str:
    lines = inspect.cleandoc(example).splitlines()
    return "\n".join(
        line if before.endswith("\\") else f"$ {line}" for before, line in zip(["", *lines], lines, strict=False)
    )


def _option(option: click.Option, context: click.Context) -> str:
    flags = ", ".join(option.opts)
    if not option.is_flag:
        bounds = isinstance(option.type, click.IntRange | click.FloatRange)
        flags += f" {_range(option.type) if bounds else option.make_metavar(context)}"
    default = option.get_default(context)
    plain = isinstance(default, str | int | float | Path) and not isinstance(default, bool)
    shown = f"`{default}`" if plain else ""
    return f"| `{_cell(flags)}` | {_cell(shown)} | {_cell(option.help or '')} |"


def _range(type_: click.ParamType[object]) -> str:
    low, high = getattr(type_, "min", None), getattr(type_, "max", None)
    return f"{low}…{high}" if high is not None else f"{low}…"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


# ---------------------------------------------------------------- settings
def _settings() -> str:
    attributes = inspect.cleandoc(Settings.__doc__ or "").split("Attributes:\n", 1)[1]
    rows = []
    for entry in re.split(r"\n {4}(?=\w+: )", "\n" + attributes):
        _, _, text = entry.partition(": ")
        if named := re.match(r"``(\w+)``, (.*)", " ".join(text.split())):
            rows.append(f"| `{named[1]}` | {_cell(named[2].replace('``', '`'))} |")
    table = "\n".join(("| variable | what |", "|---|---|", *rows))
    return f"# Settings\n\n{_WRITTEN}\n[Configuration](../configuration.md) says more of each.\n\n{table}\n"


# ---------------------------------------------------------------- errors
def _errors() -> str:
    """Error codes of the API and exit statuses of the job, each with the domain's error behind it."""
    codes = [f"| `{code}` | {status} | {_purpose(kind)} |" for kind, status, code in errors._CODES]
    exits = [f"| {status} | {_purpose(kind)} |" for kind, status in sorted(cli._EXITS, key=lambda pair: pair[1])]
    return "\n".join(
        (
            "# Error codes and exit statuses\n",
            _WRITTEN,
            "## HTTP\n",
            'The body is `{"error": {"code", "message", "field"}}`; [troubleshooting](../troubleshooting.md) goes by the '
            "message. Other errors of HTTP itself have their name as code, such as `method_not_allowed`.\n",
            "| code | status | when |\n|---|---|---|",
            *codes,
            "\n## Exit statuses of the batch job\n",
            "| status | when |\n|---|---|",
            "| 0 | Done. |",
            exits[0],
            "| 2 | Wrong use: an option or argument that is not there, or has a value that it cannot have. |",
            *exits[1:],
            "| 130 | Interrupted (Ctrl-C). |",
            "| 143 | Terminated (SIGTERM). |\n",
        )
    )


def _purpose(kind: type[Exception]) -> str:
    if kind is ProfileSearchError:
        return "Whatever else was refused or failed; the message says why."
    return _cell(inspect.cleandoc(kind.__doc__ or "").splitlines()[0])


if __name__ == "__main__":
    sys.exit(main())
