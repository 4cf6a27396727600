"""``make demo`` from an empty folder to a page, and everything ended by Ctrl-C."""

import os
import signal
import socket
import stat
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import IO

import psutil
import pytest

from tests.servers import ROOT, free_port


class Demo:
    """A running demo and what it says."""

    def __init__(self, folder: Path, redis_port: int, web_port: int) -> None:
        env = os.environ | {
            "PYTHONPATH": str(ROOT),
            "REDIS_PORT": str(redis_port),
            "WEB_PORT": str(web_port),
            "COUNT": "60",
        }
        self.started = time.monotonic()
        self.process = subprocess.Popen([sys.executable, ROOT / "scripts" / "demo.py"], cwd=folder, env=env,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)  # fmt: skip

    @property
    def output(self) -> IO[bytes]:
        assert self.process.stdout is not None
        return self.process.stdout

    def until_ready(self) -> str:
        said = ""
        while "Ready after" not in said:
            line = self.output.readline().decode()
            assert line, f"the demo ended: {said}"
            said += line
        return said

    def interrupt(self) -> None:
        children = psutil.Process(self.process.pid).children(recursive=True)
        assert len(children) >= 3  # redis_local, its redis-server, the web app
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(60) == 0
        self.output.close()
        assert not [child for child in children if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]


def test_from_nothing_to_a_page_and_again(tmp_path: Path) -> None:
    redis_port, web_port = free_port(), free_port()
    demo = Demo(tmp_path, redis_port, web_port)
    said = demo.until_ready()
    for stage in ("read", "load model", "embed", "cluster", "write", "verify", "version v1 is live: 60 profiles"):
        assert stage in said
    with urllib.request.urlopen(f"http://127.0.0.1:{web_port}/?q=nurse") as page:
        assert b'class="result"' in page.read()
    assert {path.name for path in (tmp_path / "data").iterdir()} == {
        "redis",
        "profiles.jsonl",
        "queries.jsonl",
        "qrels.tsv",
    }
    demo.interrupt()

    again = Demo(tmp_path, redis_port, web_port)
    said = again.until_ready()
    assert "version v1 with 60 profiles is there from the last time" in said and "embed" not in said, said
    again.interrupt()


def test_a_taken_port_is_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        demo = Demo(tmp_path, free_port(), port)
        assert demo.process.wait(60) == 1
        said = demo.output.read().decode()
        demo.output.close()
    assert said == f"Port {port} is taken: stop what listens there, or say WEB_PORT=… make demo.\n"


def fake(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(stat.S_IRWXU)


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A copy of what set-up needs, and a PATH with nothing but a shell's own tools."""
    (tmp_path / "scripts").mkdir()
    for name in ("scripts/setup.sh", "requirements.txt"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    (tmp_path / "bin").mkdir()
    for tool in ("sh", "dirname", "cat", "cmp", "tail", "head", "grep", "rm"):
        found = next(Path(folder) / tool for folder in ("/usr/bin", "/bin") if (Path(folder) / tool).exists())
        (tmp_path / "bin" / tool).symlink_to(found)
    return tmp_path


def set_up(folder: Path) -> str:
    done = subprocess.run(["/bin/sh", "scripts/setup.sh", "requirements.txt"], cwd=folder, capture_output=True, check=False,
                          env={"PATH": str(folder / "bin")})  # fmt: skip
    assert done.returncode == 1
    return done.stderr.decode().splitlines()[-1]


def test_a_python_that_is_too_old_is_one_sentence(bare: Path) -> None:
    fake(bare / "bin", "python3", "exit 1")
    assert set_up(bare).startswith("Python 3.11 or newer is needed and was not found: install it")


def test_a_python_without_venv_is_one_sentence(bare: Path) -> None:
    fake(bare / "bin", "python3", '[ "$1" = -c ] && exit 0; echo "ensurepip is not available" >&2; exit 1')
    assert "apt install python3-venv" in set_up(bare)


def test_a_missing_compiler_is_one_sentence(bare: Path) -> None:
    (bare / ".venv" / "bin").mkdir(parents=True)
    fake(bare / ".venv" / "bin", "python", 'echo "error: command gcc failed: No such file or directory" >&2; exit 1')
    assert "needs a C compiler: apt install build-essential" in set_up(bare)


def test_packages_that_cannot_be_fetched_are_one_sentence(bare: Path) -> None:
    (bare / ".venv" / "bin").mkdir(parents=True)
    fake(bare / ".venv" / "bin", "python", 'echo "ERROR: No matching distribution found for torch" >&2; exit 1')
    assert set_up(bare).startswith(
        "pip could not install requirements.txt: ERROR: No matching distribution found for torch"
    )
