"""A build that is killed: live answers as before, the next build goes on, and nothing is left behind."""

import json
import os
import random
import signal
import time
from pathlib import Path

import numpy as np

import redis
from profilesearch.embedding import EmbeddingCache, load_encoder, model_stamp
from profilesearch.settings import Settings
from profilesearch.store import Hit, KnnQuery, Store, VersionRecord, connect
from tests.indexer.conftest import Warm
from tests.servers import wait_until

ROWS, CHANGED, KILLS = 240, 60, 50
WORDS = "nurse engineer kafka spark teacher ward budget launch market sales care team cloud law audit food ship farm".split()


def write_source(path: Path, seed: int) -> list[str]:
    """People, some of whose texts only this seed has; the texts as they are embedded."""
    chance = random.Random(seed)
    texts = []
    with path.open("w") as file:
        for number in range(ROWS):
            words = random.Random(number).choices(WORDS, k=12)
            text = " ".join(words + ([f"edition{seed}"] + chance.choices(WORDS, k=3) if number < CHANGED else []))
            texts.append(text)
            file.write(json.dumps({"id": f"p{number}", "headline": words[0], "text": text, "city": words[1]}) + "\n")
    return texts


def answers(store: Store, record: VersionRecord, vectors: np.ndarray) -> list[list[Hit]]:
    return [store.nearest(record, KnnQuery(vector, 10)) for vector in vectors]


def test_fifty_kills(warm: Warm, small_model: Path, client: redis.Redis, redis_url: str, tmp_path: Path) -> None:
    model, source, cache_folder = str(small_model), tmp_path / "people.jsonl", tmp_path / "cache"
    build = ("build", str(source), "--text-fields", "text", "--tag-fields", "city", "--model", model, "--json")
    variables = {"PROFILESEARCH_CACHE": str(cache_folder)}
    write_source(source, 0)
    assert warm.run(redis_url, *build, **variables)[0] == 0
    write_source(source, 1000)
    started = time.monotonic()
    assert warm.run(redis_url, *build, **variables)[0] == 0
    whole = time.monotonic() - started
    store = Store(connect(Settings(redis_url=redis_url)))
    vectors = load_encoder(model).encode_queries(["nurse care ward", "kafka engineer", "market launch"])
    unfinished = 0
    for seed in range(1, KILLS + 1):
        live = store.versions.live()
        before = answers(store, live, vectors)
        texts = write_source(source, seed)
        delay = random.Random(f"kill {seed}").uniform(0, whole)
        print(f"seed {seed}: SIGKILL after {delay:.3f} of {whole:.3f} s")
        run = warm.start(redis_url, *build, **variables)
        time.sleep(delay)
        os.kill(run.pid, signal.SIGKILL)
        status = run.wait()
        now = store.versions.live()
        if status == -signal.SIGKILL and now == live:
            unfinished += 1
            assert answers(store, live, vectors) == before
        else:
            assert now.version != live.version and store.indexes.wait(now).documents == ROWS
        cache = EmbeddingCache(cache_folder)
        known = cache.known(model_stamp(model))
        assert known is not None
        embedded = len(cache.get(known, "document", texts))
        cache.close()
        started = time.monotonic()
        status, out, err = warm.run(redis_url, *build, **variables)
        whole = time.monotonic() - started
        assert status == 0, err
        told = json.loads(out)
        assert told["embedded"] == ROWS - embedded and told["from_cache"] == embedded
        status, _, err = warm.run(redis_url, "prune", "--keep", "0")
        assert status == 0, err
        check_nothing_is_left(store, client)
    assert unfinished >= KILLS // 4


def check_nothing_is_left(store: Store, client: redis.Redis) -> None:
    live = store.versions.live()
    assert client.execute_command("FT._LIST") == [live.index.encode()]
    keys = {key.decode() for key in client.scan_iter(count=1000)}
    assert len([key for key in keys if key.startswith(live.key(""))]) == ROWS
    others = {key for key in keys if not key.startswith(live.key(""))}
    parts = {f"profiles:{part}:{live.version}" for part in ("record", "clusters", "words")}
    assert others == {*parts, "profiles:live", "profiles:count", "profiles:versions"}


def test_a_build_goes_on_where_the_killed_one_was(warm: Warm, small_model: Path, client: redis.Redis, redis_url: str, tmp_path: Path) -> None:  # fmt: skip
    """What was written into Redis is not written again: the version and its count are the killed build's."""
    source = tmp_path / "people.jsonl"
    source.write_text("".join(json.dumps({"id": str(n), "text": f"word{n} word{n % 7}"}) + "\n" for n in range(6_000)))
    build = ("build", str(source), "--model", str(small_model), "--json")
    run = warm.start(redis_url, *build)
    wait_until(lambda: int(client.hget("profiles:record:v1", "written") or 0) >= 1000, what="a thousand rows")
    os.kill(run.pid, signal.SIGKILL)
    assert run.wait() == -signal.SIGKILL
    written = int(client.hget("profiles:record:v1", "written"))
    assert written < 6_000
    status, out, err = warm.run(redis_url, *build)
    assert status == 0, err
    assert json.loads(out)["version"] == "v1" and json.loads(out)["embedded"] == 0
    assert f"going on with v1: {written:,} of 6,000 are written" in err
    assert client.execute_command("FT.SEARCH", "profiles", "*", "LIMIT", "0", "0") == [6_000]


def test_sigterm_is_an_interruption(
    warm: Warm, small_model: Path, client: redis.Redis, redis_url: str, tmp_path: Path
) -> None:
    source = tmp_path / "people.jsonl"
    source.write_text("".join(json.dumps({"id": str(n), "text": f"word{n}"}) + "\n" for n in range(6_000)))
    run = warm.start(redis_url, "build", str(source), "--model", str(small_model))
    wait_until(lambda: client.exists("profiles:building"), what="the build beginning")
    client.client_pause(60_000, all=False)  # however fast the server is, the build cannot end before it is terminated
    try:
        os.kill(run.pid, signal.SIGTERM)
    finally:
        client.client_unpause()
    assert run.wait() == 143
    assert "the next build of the same source goes on from there" in run.err.read_text()
    assert not client.exists("profiles:build") and not client.exists("profiles:live")
