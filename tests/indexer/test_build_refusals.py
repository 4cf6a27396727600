"""The job on an empty Redis: other columns and indexes, and everything that it refuses."""

import json
import os
import re
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import redis
from indexer.build.gates import Asked, verify
from indexer.spool import Spool
from profilesearch.embedding import Encoder
from profilesearch.fields import Fields
from profilesearch.row import Row
from profilesearch.search.pipeline import SearchPipeline
from profilesearch.search.request import SearchRequest
from profilesearch.settings import Settings
from profilesearch.store import Store, VersionRecord, connect
from profilesearch.vector_index import VectorIndex
from tests.servers import run_indexer, wait_until


@pytest.mark.parametrize(("algorithm", "metric"), [("flat", "l2"), ("hnsw", "cosine"), ("hnsw", "ip")])
def test_every_index_ranks_alike(
    client: redis.Redis, redis_url: str, tmp_path: Path, encoder: Encoder, algorithm: str, metric: str
) -> None:
    """On unit vectors the three metrics give the same order, and similarity is the same number."""
    source = tmp_path / "people.csv"
    texts = ["nurse on a ward", "data engineer", "teacher of mathematics", "product manager", "chef in a small kitchen"]
    source.write_text("mail,words,town,age\n" + "".join(f"{n}@x.y,{text},Köln,{n}\n" for n, text in enumerate(texts)))
    done = run_indexer(
        redis_url, "build", str(source), "--id-field", "mail", "--text-fields", "words", "--tag-fields", "town",
        "--numeric-fields", "age", "--clusters", "2", "--algorithm", algorithm, "--metric", metric,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    store = Store(connect(Settings(redis_url=redis_url)))
    page = SearchPipeline(encoder, store).search(
        SearchRequest("hospital nurse", k=5, mode="off", tags={"town": ["Köln"]}, numbers={"age": (0, 9)})
    )
    vectors = encoder.encode_documents(texts)
    similarities = sorted(vectors @ encoder.encode_queries(["hospital nurse"])[0], reverse=True)
    assert [result.hit.id for result in page.results][0] == "0@x.y"
    assert np.allclose([result.similarity for result in page.results], similarities, atol=1e-3)
    assert page.version.fields == Fields("mail", "headline", ("words",), ("town",), ("age",))


def test_bad_rows_stop_the_build_before_anything_is_written(
    client: redis.Redis, redis_url: str, tmp_path: Path
) -> None:
    (tmp_path / "a.jsonl").write_text('{"id": "1", "text": "x"}\n{"id": "1", "text": "y"}\n')
    done = run_indexer(redis_url, "build", str(tmp_path / "a.jsonl"))
    assert done.returncode == 1
    assert "a.jsonl:2: id: expected an id of its own" in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()
    assert client.dbsize() == 0 and client.execute_command("FT._LIST") == []


def test_skipping_them_says_where_they_went(client: redis.Redis, redis_url: str, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"id": "1", "text": "x"}\n{"id": "2"}\n')
    done = run_indexer(
        redis_url, "build", str(tmp_path / "a.jsonl"), "--skip-bad-rows", "--rejects", str(tmp_path / "r")
    )
    assert done.returncode == 0, done.stderr.decode()
    assert "1 bad row was left out" in done.stderr.decode()
    assert json.loads((tmp_path / "r").read_text())["row"] == {"id": "2"}


def test_a_version_that_is_not_whole_is_not_published(store: Store, client: redis.Redis, tmp_path: Path) -> None:
    record = VersionRecord(store.versions.new_name(), "m", "f", Fields(), VectorIndex(4), profiles=2)
    store.create(record)
    client.hset(record.key("1"), mapping={"id": "1", "text": "x", "embedding": np.ones(4, "<f4").tobytes()})
    client.hset(record.key("2"), mapping={"id": "2", "text": "x", "embedding": b"short"})
    with Spool(tmp_path) as spool:
        for number in (1, 2):
            spool.add(Row(str(number), "x", "x"), number, {})
        spool.add_vectors(np.ones((2, 4), np.float32))
        failed = [str(check) for check in verify(store, record, spool, Asked()) if not check.passed]
    # Redis can count a hash twice, once by its notification and once by the first scan
    assert re.fullmatch(r"failures: expected none, got [12] hash(es)? that could not be indexed", failed[0])
    assert failed[1] == "profiles: expected 2, got 1 in the index"


def test_a_pipe_that_keeps_its_reader_waiting_does_not_keep_others_from_building(
    store: Store, build: Callable[..., VersionRecord], tmp_path: Path
) -> None:
    rows = [json.dumps({"id": str(n), "text": f"word {n}"}) + "\n" for n in range(3)]
    (tmp_path / "a.jsonl").write_text("".join(rows))
    os.mkfifo(tmp_path / "pipe.jsonl")
    versions: list[VersionRecord] = []
    waiting = threading.Thread(target=lambda: versions.append(build(tmp_path / "pipe.jsonl", clusters=1)))
    waiting.start()
    with (tmp_path / "pipe.jsonl").open("w") as pipe:  # opens once the build reads it
        assert build(tmp_path / "a.jsonl", clusters=1).version == "v1"
        pipe.writelines(rows)
    waiting.join(120)
    assert [(version.version, version.profiles) for version in versions] == [("v2", 3)]


def test_no_redis(tmp_path: Path) -> None:
    done = run_indexer("redis://:secret@127.0.0.1:1/0", "build", str(tmp_path / "a.jsonl"))
    assert done.returncode == 5
    assert "Redis cannot be reached" in done.stderr.decode() and "secret" not in done.stderr.decode()


def test_a_redis_without_a_query_engine(tmp_path: Path) -> None:
    """The message says what is missing."""
    from redis_local.redis_server import find_executable

    plain = subprocess.Popen([find_executable(), "--port", "0", "--unixsocket", str(tmp_path / "s"), "--save", ""], cwd=tmp_path,
                             stdout=subprocess.DEVNULL)  # fmt: skip
    try:
        wait_until((tmp_path / "s").exists, what="a plain redis-server")
        (tmp_path / "a.jsonl").write_text('{"id": "1", "text": "x"}\n')
        done = run_indexer(f"unix://{tmp_path}/s", "build", str(tmp_path / "a.jsonl"))
        assert done.returncode == 1
        assert "has no Query Engine" in done.stderr.decode()
    finally:
        plain.terminate()
        plain.wait()
