"""Blocks of console sessions in documents: commands and what they print."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(
    r"(?:^ *<!-- docs/results/(?P<result>[\w-]+)\.json -->\n\n?)?^(?P<indent> *)```console\n(?P<text>.*?)^ *```",
    re.M | re.S,
)


@dataclass(frozen=True)
class Step:
    """A command, and the lines that it prints."""

    command: str
    printed: list[str]


@dataclass(frozen=True)
class Block:
    """One block of a document.

    Attributes:
        steps: its commands.
        result: the name of the stored result that it shows; empty if it shows none.
        beginning: lines before the first command.
    """

    steps: list[Step]
    result: str
    beginning: list[str]

    @property
    def prints(self) -> bool:
        """Whether it shows what a command printed."""
        return bool(self.beginning) or any(step.printed for step in self.steps)


def blocks(page: Path) -> Iterator[Block]:
    """The console sessions of a document."""
    for match in _BLOCK.finditer(page.read_text()):
        lines = [line.removeprefix(match["indent"]) for line in match["text"].splitlines()]
        first = next((n for n, line in enumerate(lines) if _prompt(line)), len(lines))
        yield Block(list(_steps(lines[first:])), match["result"] or "", lines[:first])


def _prompt(line: str) -> bool:
    return line.startswith(("$ ", "# "))


def _steps(lines: list[str]) -> Iterator[Step]:
    starts = [n for n, line in enumerate(lines) if _prompt(line)]
    for start, end in zip(starts, [*starts[1:], len(lines)][: len(starts)], strict=True):
        length = 1 + next(n for n, line in enumerate(lines[start:end]) if not line.endswith(("\\", "|")))
        command = "\n".join(lines[start : start + length])[2:]
        yield Step(command, lines[start + length : end])
