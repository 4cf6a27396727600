"""The job from the command line: what it makes, and what it leaves when it fails."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from servers import ROOT, environment, run_indexer

import redis
from indexer.embed import render
from profilesearch.settings import Settings
from profilesearch.store import KnnQuery, Store, connect


def test_a_build_makes_what_the_design_names(built: str, sample: Path):
    with redis.Redis.from_url(built, protocol=2) as client:
        assert client.get("profiles:live") == b"v1"
        assert client.execute_command("FT._LIST") == [b"profiles:v1"]
        person = json.loads((sample / "profiles.jsonl").read_text().splitlines()[0])
        stored = client.hgetall(f"profile:v1:{person['id']}")
        assert stored[b"headline"].decode() == person["headline"]
        assert stored[b"languages"].decode().split("\x1f") == person["languages"]
        assert float(stored[b"years"]) == person["years"]
        assert len(stored[b"embedding"]) == 384 * 4
        assert abs(np.linalg.norm(np.frombuffer(stored[b"embedding"], "<f4")) - 1) < 1e-5
        assert int(stored[b"cluster"]) < 10
        assert client.execute_command("FT.SEARCH", "profiles", "*", "LIMIT", "0", "0") == [400]


def test_everybody_finds_themselves(built: str, sample: Path):
    store = Store(connect(Settings(redis_url=built)))
    record = store.live()
    for line in (sample / "profiles.jsonl").read_text().splitlines()[::37]:
        id_ = json.loads(line)["id"]
        hit, vector = store.profile(record, id_)
        nearest = store.nearest(record, KnnQuery(vector, 3, [hit.cluster]))
        assert nearest[0].id == id_ and nearest[0].distance < 1e-5


@pytest.mark.parametrize("seed", range(4))
def test_killing_a_build_leaves_the_old_index_answering(built: str, sample: Path, seed: int):
    """SIGKILL at a random moment (seeded); live answers as before, and the next build is not in the way of its rests."""
    store = Store(connect(Settings(redis_url=built)))
    record = store.live()
    _, vector = store.profile(record, "p000001")
    before = store.nearest(record, KnnQuery(vector, 20))
    build = subprocess.Popen([sys.executable, "-m", "indexer", "build", str(sample / "profiles.jsonl")], cwd=ROOT,
                             env=environment(built), stderr=subprocess.DEVNULL)  # fmt: skip
    with redis.Redis.from_url(built) as client:
        written = random.Random(seed).choice([0, 1, 200, 399])
        deadline = time.monotonic() + 120
        while build.poll() is None and time.monotonic() < deadline:
            newest = int(client.get("profiles:count"))
            if newest > int(record.version[1:]) and client.dbsize() >= 404 + written:
                break
    os.kill(build.pid, signal.SIGKILL)
    build.wait()
    assert store.live() == record
    assert store.nearest(record, KnnQuery(vector, 20)) == before
    for version in store.versions():
        if version != record.version:
            store.drop(version)
    with redis.Redis.from_url(built) as client:
        assert not list(client.scan_iter(match="profile:v[2-9]*"))


def test_embed_writes_the_query_vector(built: str, encoder, tmp_path: Path):
    done = run_indexer(built, "embed", "data engineer", "--out", str(tmp_path / "v"), "--cluster")
    vector = encoder.encode_queries(["data engineer"])[0]
    assert np.allclose(np.fromfile(tmp_path / "v", "<f4"), vector, atol=1e-6)
    store = Store(connect(Settings(redis_url=built)))
    assert int(done.stdout) == store.clusters(store.live()).predict(vector[None])[0]
    assert np.frombuffer(bytes.fromhex(render(vector, "hex").decode()), "<f4").tolist() == vector.tolist()
    assert np.allclose(json.loads(render(vector, "json")), vector, atol=1e-9)
    assert run_indexer(built, "embed", "x", "--cluster").returncode == 2
    assert b"expected something to embed" in run_indexer(built, "embed", " ").stderr


def test_status(built: str):
    told = run_indexer(built, "status")
    assert told.returncode == 0
    assert b"live       v1" in told.stdout and b"profiles   400" in told.stdout


def test_every_command_has_help_with_an_example():
    from indexer.cli import main

    for name, command in main.commands.items():
        assert "Example:" in command.help and f"python -m indexer {name}" in command.help, name
