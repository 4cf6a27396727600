"""How long a web process takes from its start to its first answer, by stages.

REDIS_URL=… python -m bench.start [--rounds 5]

The Redis at REDIS_URL must have a live version. Each round starts ``python -m webapp`` anew and asks until it listens, until it
is ready (``/readyz``) and until a search is answered. On a machine that does something else, too, go by ``busy s``: what the
process has taken of a processor's time by then.
"""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import click
import psutil

from .report import save, show

_LONGEST = 300.0
_PAUSE = 0.01
_SEARCH = "/api/search?q=data+engineer&k=30"


@dataclass(frozen=True)
class Moment:
    """When a stage was over: seconds since the process was started, and of a processor's time that it took."""

    wall: float
    busy: float


@click.command()
@click.option("--rounds", default=5, show_default=True, help="How often it is started; the best of each stage counts.")
def main(rounds: int) -> None:
    """Measure and print."""
    measured = [_start() for _ in range(rounds)]
    best = {
        name: Moment(min(each[name].wall for each in measured), min(each[name].busy for each in measured))
        for name in measured[0]
    }
    rows = [(name, f"{moment.wall:.2f}", f"{moment.busy:.2f}") for name, moment in best.items()]
    show(f"from the start of a web process, best of {rounds}", ("until", "s", "busy s"), rows)
    save("start", {name: [moment.wall, moment.busy] for name, moment in best.items()})


def _start() -> dict[str, Moment]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    started = time.perf_counter()
    command = [sys.executable, "-m", "webapp", "--port", str(port)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, env=os.environ) as running:
        process = psutil.Process(running.pid)

        def moment() -> Moment:
            used = process.cpu_times()
            return Moment(time.perf_counter() - started, used.user + used.system)

        try:
            moments = {"it listens": _when(lambda: _status(port, "/healthz") == 200, moment)}
            moments["it is ready"] = _when(lambda: _status(port, "/readyz") == 200, moment)
            moments["a search is answered"] = _when(lambda: _status(port, _SEARCH) == 200, moment)
        finally:
            running.terminate()
    return moments


def _when(holds: Callable[[], bool], moment: Callable[[], Moment]) -> Moment:
    end = time.perf_counter() + _LONGEST
    while not holds():
        if time.perf_counter() > end:
            raise click.ClickException(f"expected an answer within {_LONGEST:.0f} s, got none")
        time.sleep(_PAUSE)
    return moment()


def _status(port: int, path: str) -> int:
    """The status of an answer; 0 for none."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_LONGEST)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()


if __name__ == "__main__":
    main()
