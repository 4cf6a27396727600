"""Documents that one goes through, run as they stand: every command but those that install and start servers."""

import contextlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.console_blocks import blocks
from tests.encoders import static_model
from tests.servers import ROOT, answers, environment, redis_local, serving, wait_until

PAGES = (
    "tutorial.md",
    "command-line.md",
    "how-to/other-columns.md",
    "how-to/watch-a-stream.md",
    "how-to/backup-and-restore.md",
    "privacy.md",
    "upgrading.md",
    "redis-local.md",
)
"""In this order: each goes on where the one before it ended."""

OF_MODELS = ("tutorial.md", "how-to/change-the-model.md")

NOT_HERE = (
    "git ",
    "cd ",
    "make setup",
    ". .venv",
    "profilesearch redis",
    "profilesearch web",
    "python -m redis_local",
    "rm -rf data/redis",
    "profilesearch index diff",
    "export ",
)
BACKGROUND = "profilesearch index watch"


def plain(text: str) -> str:
    """Without what differs from run to run: seconds, rates, memory, dates, who watches, spaces at the ends of lines."""
    text = re.sub(r", [\d.,]+/s", "", text)
    text = re.sub(r" *[\d.,]+ ?(s\b|MB)", r" N \1", text)
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC|^\d{13}-\d+$", "T", text)
    return re.sub(r"as \S+ of group", "as NAME of group", text).strip()


@dataclass
class Shell:
    """A folder with its commands, a redis_local and a web app on other ports than documents name."""

    folder: Path
    env: dict[str, str]
    port: int
    url: str

    def here(self, command: str) -> str:
        """A command as it must be given here."""
        here = command.replace("http://127.0.0.1:8000", self.url)
        return re.sub(r"\bredis-cli( -p 6390)?", f"redis-cli -p {self.port}", here)

    def run(self, command: str) -> str:
        """What a command prints, errors too."""
        return subprocess.run(
            ["bash", "-c", self.here(command)],
            cwd=self.folder,
            env=self.env,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=120,
            check=False,
        ).stdout

    @contextlib.contextmanager
    def running(self, command: str) -> Iterator[Path]:
        """Run a command beside others, until the block ends, and yield the file with what it has printed."""
        output = self.folder / "printed.txt"
        with output.open("wb") as file:
            process = subprocess.Popen(
                ["bash", "-c", f"exec {self.here(command)}"],
                cwd=self.folder,
                env=self.env,
                stdout=file,
                stderr=subprocess.STDOUT,
            )
        try:
            yield output
        finally:
            process.terminate()
            process.wait(60)


@contextlib.contextmanager
def shell(folder: Path) -> Iterator[Shell]:
    shutil.copytree(ROOT / "docs" / "examples", folder / "docs" / "examples")
    command = folder / "bin" / "profilesearch"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m console "$@"\n')
    command.chmod(0o755)
    with redis_local(folder / "data" / "redis") as server:
        env = environment(f"redis://127.0.0.1:{server.port}/0")
        env["PROFILESEARCH_CACHE"] = str(folder / "data" / "cache")
        env["PATH"] = os.pathsep.join((str(command.parent), str(Path(sys.executable).parent), env["PATH"]))
        with serving(env["REDIS_URL"], ready=False) as url:
            yield Shell(folder, env, server.port, url)


def go_through(page: str, here: Shell) -> int:
    """Run a document's commands and compare what they print; how many there were."""
    ran = 0
    with contextlib.ExitStack() as ends:
        output: Path | None = None  # of the command that runs beside the others
        for block in blocks(ROOT / "docs" / page):
            if block.beginning:
                assert output is not None, f"{page}: which command prints {block.beginning}?"
                wait_until_printed(block.beginning, output)
            for step in block.steps:
                if step.command.startswith(NOT_HERE):
                    continue
                ran += 1
                if step.command.startswith(BACKGROUND):
                    output = ends.enter_context(here.running(step.command))
                    wait_until_printed(step.printed, output)
                    continue
                if "curl" in step.command:
                    wait_until(lambda: answers(here.url, "/readyz"), 120, "searches being answered")
                printed = here.run(step.command)
                assert shows(step.printed, printed), f"{page}: {step.command}\nshows {step.printed}\n{printed}"
    return ran


def shows(lines: list[str], output: str) -> bool:
    """Whether lines were printed, in this order; others may stand between them."""
    printed = iter([plain(line) for line in output.splitlines()])
    return all(line == "…" or plain(line) in printed for line in lines)


def wait_until_printed(lines: list[str], output: Path) -> None:
    wait_until(lambda: shows(lines, output.read_text()), 120, f"{lines} being printed")


needs_redis_cli = pytest.mark.skipif(
    not shutil.which("redis-cli") and not (Path(sys.executable).parent / "redis-cli").exists(), reason="no redis-cli"
)


@needs_redis_cli
def test_every_command_prints_what_the_documents_show(tmp_path: Path) -> None:
    with shell(tmp_path) as here:
        counts = {page: go_through(page, here) for page in PAGES}
    assert min(counts.values()) > 0, counts


@needs_redis_cli
def test_a_model_is_changed_as_its_page_shows(tmp_path: Path) -> None:
    static_model(tmp_path / "models" / "small", 32)
    with shell(tmp_path) as here:
        assert all([go_through(page, here) for page in OF_MODELS])
