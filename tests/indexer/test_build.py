"""The job from the command line: what it makes, and what it leaves when it fails."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import redis
from indexer.embed import embed, render
from profilesearch.embedding import Encoder
from profilesearch.search.pipeline import SearchPipeline
from profilesearch.settings import Settings
from profilesearch.store import Filter, KnnQuery, Store, connect
from profilesearch.vector_index import VectorIndex
from tests.servers import ROOT, run_indexer


def test_a_build_makes_what_the_design_names(built: str, sample: Path) -> None:
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


def test_everybody_finds_themselves(built: str, sample: Path) -> None:
    store = Store(connect(Settings(redis_url=built)))
    record = store.versions.live()
    for line in (sample / "profiles.jsonl").read_text().splitlines()[::37]:
        id_ = json.loads(line)["id"]
        hit, vector = store.profiles.one(record, id_)
        nearest = store.nearest(record, KnnQuery(vector, 3, Filter((hit.cluster,))))
        assert nearest[0].id == id_ and nearest[0].score < 1e-5


@pytest.mark.parametrize(
    "text",
    [
        "data engineer with 5 years of experience",
        '"data engineer" -manager',
        "About us\n"
        + "We were founded in 1920 and are a leading provider of pumps.\n" * 12
        + "Your profile\nYou weld.",
    ],
)
def test_embed_leaves_out_what_a_search_leaves_out(built: str, encoder: Encoder, text: str) -> None:
    searched = SearchPipeline(encoder, Store(connect(Settings(redis_url=built)))).embed(text)
    assert np.array_equal(embed(text, encoder), searched)
    assert not np.array_equal(searched, encoder.encode_queries([text])[0])


def test_embed_writes_the_query_vector(built: str, encoder: Encoder, tmp_path: Path) -> None:
    done = run_indexer(built, "embed", "data engineer", "--out", str(tmp_path / "v"), "--cluster")
    vector = encoder.encode_queries(["data engineer"])[0]
    assert np.allclose(np.fromfile(tmp_path / "v", "<f4"), vector, atol=1e-6)
    store = Store(connect(Settings(redis_url=built)))
    clusters = [int(number) for number in done.stdout.decode().split("|")]
    assert clusters[0] == store.clusters.model(store.versions.live()).predict(vector[None])[0]
    assert (
        np.frombuffer(bytes.fromhex(render(vector, VectorIndex(384), "hex").decode()), "<f4").tolist()
        == vector.tolist()
    )
    assert np.allclose(json.loads(render(vector, VectorIndex(384), "json")), vector, atol=1e-9)
    assert run_indexer(built, "embed", "x", "--cluster").returncode == 2
    assert b"expected something to embed" in run_indexer(built, "embed", " ").stderr


def test_status(built: str) -> None:
    told = run_indexer(built, "status")
    assert told.returncode == 0
    assert "● live" in told.stdout.decode() and b"no rebuild is needed" in told.stdout


def test_every_command_has_help_with_an_example() -> None:
    from click import Context

    from indexer.cli import main

    context = Context(main)
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        assert command is not None and command.help is not None, name
        assert "Example:" in command.help and f"python -m indexer {name}" in command.help, name


def test_a_build_loads_what_it_needs_alone() -> None:
    """One of an unchanged source needs neither a model nor statistics: their modules would take most of its time."""
    code = (
        "import sys, indexer.build.run, indexer.commands.build\n"
        "print(*sorted({'scipy', 'sklearn', 'torch', 'transformers', 'openvino', 'pandas'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
