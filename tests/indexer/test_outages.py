"""What can go wrong during a build: each ends in a clear message, with what was live untouched."""

import json
import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.indexer.conftest import Warm
from tests.servers import ROOT, RedisLocal, environment, wait_until


def people(path: Path, count: int, word: str = "word") -> Path:
    path.write_text("".join(json.dumps({"id": f"p{n}", "headline": f"h{n}", "text": f"{word}{n} " + "filler " * 60}) + "\n" for n in range(count)))  # fmt: skip
    return path


@pytest.fixture
def server(tmp_path: Path, warm: Warm, small_model: Path) -> Iterator[RedisLocal]:
    """A redis_local of its own, with 50 people in v1."""
    with_live = RedisLocal(tmp_path / "redis").start()
    status, _, err = warm.run(
        url(with_live), "build", str(people(tmp_path / "first.jsonl", 50)), "--model", str(small_model)
    )
    assert status == 0, err
    yield with_live
    with_live.stop()


def url(server: RedisLocal) -> str:
    return f"redis://127.0.0.1:{server.port}/0"


def check_v1_is_live(server: RedisLocal) -> None:
    with server.client() as client:
        assert client.get("profiles:live") == b"v1"
        assert client.execute_command("FT.SEARCH", "profiles", "*", "LIMIT", "0", "0") == [50]


def test_redis_stopped_and_started_during_a_build(
    server: RedisLocal, warm: Warm, small_model: Path, tmp_path: Path
) -> None:
    """The build waits for it, and goes on."""
    source = people(tmp_path / "many.jsonl", 8000)
    run = warm.start(url(server), "build", str(source), "--model", str(small_model))
    with server.client() as client:
        wait_until(lambda: int(client.hget("profiles:record:v2", "written") or 0) > 500, 60, "writing")
    server.stop()
    server.start()
    assert run.wait() == 0, run.err.read_text()
    with server.client() as client:
        assert client.get("profiles:live") == b"v2"
        assert client.execute_command("FT.SEARCH", "profiles", "*", "LIMIT", "0", "0") == [8000]


def test_redis_stays_away(server: RedisLocal, warm: Warm, small_model: Path, tmp_path: Path) -> None:
    """Exit status 5 and a clear message; the next build goes on where this one was."""
    source = people(tmp_path / "many.jsonl", 8000)
    run = warm.start(url(server), "build", str(source), "--model", str(small_model), PROFILESEARCH_REDIS_PATIENCE="2")
    with server.client() as client:
        wait_until(lambda: int(client.hget("profiles:record:v2", "written") or 0) > 500, 60, "writing")
    server.stop()
    assert run.wait() == 5
    assert "Redis cannot be reached" in run.err.read_text() and "goes on from there" in run.err.read_text()
    server.start()
    check_v1_is_live(server)
    status, out, err = warm.run(url(server), "build", str(source), "--model", str(small_model), "--json")
    assert status == 0 and json.loads(out)["version"] == "v2" and json.loads(out)["embedded"] == 0, err


def test_maxmemory_is_reached(server: RedisLocal, warm: Warm, small_model: Path, tmp_path: Path) -> None:
    with server.client() as client:
        client.config_set("maxmemory-policy", "noeviction")
        client.config_set("maxmemory", int(client.info("memory")["used_memory"]) + (3 << 20))
    source = people(tmp_path / "many.jsonl", 8000)
    status, _, err = warm.run(url(server), "build", str(source), "--model", str(small_model))
    assert status == 1 and "Redis has reached its maxmemory" in err, err
    check_v1_is_live(server)
    with server.client() as client:
        assert not list(client.scan_iter(match="profile:v2:*")) and client.execute_command("FT._LIST") == [
            b"profiles:v1"
        ]
        client.config_set("maxmemory", 0)
    assert warm.run(url(server), "build", str(source), "--model", str(small_model))[0] == 0


def test_the_disk_is_full(server: RedisLocal, small_model: Path, tmp_path: Path) -> None:
    """No file may grow beyond 300 kB: what a full disk does to the spool or to the cache."""
    source = people(tmp_path / "many.jsonl", 8000)
    done = subprocess.run(
        [sys.executable, "-m", "indexer", "build", str(source), "--model", str(small_model)], cwd=ROOT, check=False,
        env=environment(url(server)) | {"PROFILESEARCH_CACHE": str(tmp_path / "small")}, capture_output=True, timeout=120,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000)),
    )  # fmt: skip
    assert done.returncode == 1, done.stderr.decode()
    assert "is the disk full?" in done.stderr.decode() and str(tmp_path / "small") in done.stderr.decode()
    check_v1_is_live(server)
    assert {path.name.split("-")[0] for path in (tmp_path / "small").iterdir()} <= {
        "embeddings.sqlite3",
        "embeddings.lock",
    }


def test_a_truncated_parquet_file(server: RedisLocal, warm: Warm, small_model: Path, tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet

    rows = [json.loads(line) for line in people(tmp_path / "a.jsonl", 3000).read_text().splitlines()]
    pyarrow.parquet.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet", row_group_size=500)
    whole = (tmp_path / "a.parquet").read_bytes()
    (tmp_path / "cut.parquet").write_bytes(whole[: len(whole) // 2])
    middle = len(whole) // 2
    (tmp_path / "hurt.parquet").write_bytes(whole[:middle] + b"\0" * 3000 + whole[middle + 3000 :])
    for name in ("cut.parquet", "hurt.parquet"):
        status, _, err = warm.run(url(server), "build", str(tmp_path / name), "--model", str(small_model))
        assert status == 1 and f"{name}: not a whole Parquet file" in err, err
    check_v1_is_live(server)


def test_a_source_that_changes_while_it_is_read(
    server: RedisLocal, warm: Warm, small_model: Path, tmp_path: Path
) -> None:
    source = people(tmp_path / "many.jsonl", 30_000)
    stop = threading.Event()

    def touch() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            os.utime(source, ns=(number, number))
            time.sleep(0.01)

    toucher = threading.Thread(target=touch)
    toucher.start()
    try:
        status, _, err = warm.run(url(server), "build", str(source), "--model", str(small_model))
    finally:
        stop.set()
        toucher.join()
    assert status == 1 and "it changed while it was being read" in err, err
    check_v1_is_live(server)
