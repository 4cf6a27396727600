"""A small model, and a process that runs the command line without starting Python anew each time."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.encoders import static_model
from tests.servers import ROOT, environment


@pytest.fixture(scope="session")
def small_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A static embedding model with 32 dimensions: real sentence-transformers, ready in no time."""
    return static_model(tmp_path_factory.mktemp("model"), 32)


@pytest.fixture(scope="session")
def other_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another one, with 16 dimensions."""
    return static_model(tmp_path_factory.mktemp("other"), 16)


@dataclass
class Run:
    """A run of the command line: its process, and files with what it said."""

    pid: int
    out: Path
    err: Path
    wait: Callable[[], int]


@dataclass
class Warm:
    """Starts runs of the command line by forking a process that has imported everything."""

    process: subprocess.Popen[str]
    folder: Path
    runs: int = 0

    def start(self, redis_url: str, *args: str, **variables: str) -> Run:
        self.runs += 1
        out, err = self.folder / f"{self.runs}.out", self.folder / f"{self.runs}.err"
        wanted = {"args": args, "env": {**environment(redis_url), **variables}, "out": str(out), "err": str(err)}
        pid = int(self._ask(wanted))
        return Run(pid, out, err, lambda: int(self._ask({"wait": pid})))

    def run(self, redis_url: str, *args: str, **variables: str) -> tuple[int, str, str]:
        """Run to the end: exit status, standard output, standard error."""
        started = self.start(redis_url, *args, **variables)
        status = started.wait()
        return status, started.out.read_text(), started.err.read_text()

    def _ask(self, wanted: dict[str, Any]) -> str:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps(wanted) + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline()


@pytest.fixture(scope="session")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warm]:
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).parent / "forking.py")], cwd=ROOT, text=True, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    yield Warm(process, tmp_path_factory.mktemp("runs"))
    assert process.stdin is not None
    process.stdin.close()
    process.wait(60)
    assert process.stdout is not None
    process.stdout.close()
