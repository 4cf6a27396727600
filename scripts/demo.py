"""``make demo``: everything on this machine, from nothing to a page in the browser.

Starts redis_local and the web app as children, writes the sample and builds the index if that has not been done,
and ends what it started when it is interrupted.
"""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path

from profilesearch.errors import ProfileSearchError, RedisUnavailable, StoreError
from profilesearch.settings import Settings
from profilesearch.store import Store, connect

PROFILES = Path("data/profiles.jsonl")
REDIS_PORT = int(os.environ.get("REDIS_PORT", "6390"))
WEB_PORT = int(os.environ.get("WEB_PORT", "8000"))
COUNT = os.environ.get("COUNT", "6904")
REDIS_URL = f"redis://127.0.0.1:{REDIS_PORT}/0"


class Stop(Exception):
    """The demo cannot go on; the message says why."""


def main() -> int:
    """Run until Ctrl-C."""
    children: list[subprocess.Popen[bytes]] = []
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        for port, variable in ((REDIS_PORT, "REDIS_PORT"), (WEB_PORT, "WEB_PORT")):
            _require_free(port, variable)
        started = time.perf_counter()
        children.append(_start("redis_local", "--port", str(REDIS_PORT), "--dir", "data/redis"))
        store = Store(connect(Settings(redis_url=REDIS_URL)))
        _wait_for(children[0], "redis_local", lambda: _listens(REDIS_PORT))
        _prepare(store)
        children.append(_start("webapp", "--port", str(WEB_PORT)))
        _wait_for(children[1], "the web app", lambda: _answers(f"http://127.0.0.1:{WEB_PORT}/readyz"))
        print(
            f"\nReady after {time.perf_counter() - started:.0f} s:  http://127.0.0.1:{WEB_PORT}   (Ctrl-C ends it)\n",
            flush=True,
        )
        _watch(children)
    except (Stop, ProfileSearchError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nending what was started …", file=sys.stderr)
    finally:
        _end(children)
    return 0


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def _require_free(port: int, variable: str) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise Stop(f"Port {port} is taken: stop what listens there, or say {variable}=… make demo.") from None


def _start(module: str, *args: str) -> "subprocess.Popen[bytes]":
    """A child in a group of its own, so that Ctrl-C reaches it through us and in our order."""
    environment = os.environ | {"REDIS_URL": REDIS_URL}
    return subprocess.Popen([sys.executable, "-m", module, *args], env=environment, start_new_session=True)


def _run(*args: str) -> None:
    environment = os.environ | {"REDIS_URL": REDIS_URL}
    code = subprocess.run([sys.executable, "-m", *args], env=environment, check=False).returncode
    if code in (130, -signal.SIGINT):
        raise KeyboardInterrupt
    if code:
        raise Stop(f"{' '.join(args[:2])} failed; what it said stands above.")


def _wait_for(child: "subprocess.Popen[bytes]", name: str, ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if child.poll() is not None:
            raise Stop(f"{name} did not start; what it said stands above.")
        if ready():
            return
        time.sleep(0.05)
    raise Stop(f"{name} was not ready after two minutes.")


def _listens(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def _answers(url: str) -> bool:
    """Whether searches are answered; the web app is up before its model is loaded."""
    try:
        with urllib.request.urlopen(url, timeout=2):  # noqa: S310  ours
            return True
    except OSError:
        return False


def _prepare(store: Store) -> None:
    """Write the sample and build the index, unless an index is there from the last time."""
    try:
        record = store.versions.live()
        print(f"version {record.version} with {record.profiles:,} profiles is there from the last time", flush=True)
    except RedisUnavailable:
        raise
    except StoreError:  # nothing is live, or what is was written by another release
        if not PROFILES.exists():
            _run(
                "indexer",
                "sample",
                "--force",
                "--count",
                COUNT,
                "--out",
                str(PROFILES),
                "--queries",
                "data/queries.jsonl",
                "--qrels",
                "data/qrels.tsv",
            )
        _run("indexer", "build", str(PROFILES))


def _watch(children: Sequence["subprocess.Popen[bytes]"]) -> None:
    while all(child.poll() is None for child in children):
        time.sleep(0.5)
    raise Stop("A part of the demo ended by itself; what it said stands above.")


def _end(children: Sequence["subprocess.Popen[bytes]"]) -> None:
    """End children, the last one first, and wait for them."""
    for child in reversed(children):
        if child.poll() is None:
            child.send_signal(signal.SIGTERM)
            try:
                child.wait(60)
            except subprocess.TimeoutExpired:
                child.kill()


if __name__ == "__main__":
    sys.exit(main())
