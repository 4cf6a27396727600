"""docs/tutorial.md, run as it stands: every command but those that install and start servers."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import ROOT, answers, environment, redis_local, serving, wait_until

PAGE = (ROOT / "docs" / "tutorial.md").read_text()
NOT_HERE = ("git clone", "cd ", "make setup", ". .venv", "profilesearch redis", "profilesearch web")


def steps() -> Iterator[tuple[str, list[str]]]:
    """Commands and what they print, in their order."""
    for block in re.findall(r"^```console\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL):
        for step in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            lines = step.splitlines()
            length = 1 + next(n for n, line in enumerate(lines) if not line.endswith(("\\", "|")))
            yield "\n".join(lines[:length]), lines[length:]


def plain(text: str) -> str:
    """Without what differs from run to run: seconds, rates, memory, spaces at the ends of lines."""
    return re.sub(r" *[\d.,]+ ?(s\b|/s|MB)", r" N \1", text).strip()


@pytest.mark.skipif(
    not shutil.which("redis-cli") and not (Path(sys.executable).parent / "redis-cli").exists(), reason="no redis-cli"
)
def test_every_command_prints_what_the_tutorial_shows(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "docs" / "examples", tmp_path / "docs" / "examples")
    command = tmp_path / "bin" / "profilesearch"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m console "$@"\n')
    command.chmod(0o755)
    done = 0
    with redis_local(tmp_path / "redis") as server:
        env = environment(f"redis://127.0.0.1:{server.port}/0")
        env["PATH"] = os.pathsep.join((str(command.parent), str(Path(sys.executable).parent), env["PATH"]))
        with serving(env["REDIS_URL"], ready=False) as url:
            for line, shown in steps():
                if line.startswith(NOT_HERE):
                    continue
                if "curl" in line:
                    wait_until(lambda: answers(url, "/readyz"), 120, "searches being answered")
                here = line.replace("http://127.0.0.1:8000", url).replace("-p 6390", f"-p {server.port}")
                ran = subprocess.run(
                    ["bash", "-c", here],
                    cwd=tmp_path,
                    env=env,
                    text=True,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    timeout=120,
                    check=False,
                )
                printed = iter([plain(each) for each in ran.stdout.splitlines()])
                for expected in shown:
                    if expected != "…":
                        assert plain(expected) in printed, f"{line}\n{ran.stdout}"
                done += 1
    assert done >= 8
