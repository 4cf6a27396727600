"""Searching without pause while versions are built and published: every answer is whole, and of one version."""

import json
import threading
from pathlib import Path

import numpy as np
import pytest

import redis
from profilesearch.embedding import EmbeddingCache, Encoder, model_stamp
from profilesearch.embedding.cache import Known
from profilesearch.search import SearchPipeline, SearchRequest
from profilesearch.settings import DEFAULT_MODEL, Settings
from profilesearch.store import Store, connect
from profilesearch.vectors import unit_rows

PEOPLE, CYCLES = 6904, 20
QUERIES = ["product marketing manager", "intensive care nurse", "data engineer with kafka", "primary school teacher"]


@pytest.fixture
def sources(tmp_path: Path, encoder: Encoder) -> tuple[list[Path], Path]:
    """The sample twice, every headline marked with A or B, and a cache that has a made vector for each text."""
    from indexer.sample import write_sample

    write_sample(PEOPLE, 42, tmp_path / "people.jsonl", None, None)
    people = [json.loads(line) for line in (tmp_path / "people.jsonl").read_text().splitlines()]
    cache = EmbeddingCache(tmp_path / "cache")
    known = Known(encoder.fingerprint, encoder.dimension, encoder.token_limit)
    cache.remember(model_stamp(DEFAULT_MODEL), known)
    chance = np.random.default_rng(0)
    middles = chance.normal(size=(10, encoder.dimension))
    paths = []
    for mark in "AB":
        path = tmp_path / f"{mark}.jsonl"
        texts = [f"{person['headline']} {person['about'][:150]}".strip() for person in people]
        rows = [{"id": person["id"], "headline": f"{mark} {person['headline']}", "text": f"{mark} {text}",
                 "role": person["role"], "years": person["years"]} for person, text in zip(people, texts, strict=True)]  # fmt: skip
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        vectors = unit_rows(
            middles[chance.integers(0, 10, PEOPLE)] + 0.6 * chance.normal(size=(PEOPLE, encoder.dimension))
        )
        cache.put(known, "document", [row["text"] for row in rows], [50] * PEOPLE, vectors)
        paths.append(path)
    cache.close()
    return paths, tmp_path / "cache"


def test_twenty_switches_under_traffic(warm, sources, encoder: Encoder, client: redis.Redis, redis_url: str):
    paths, cache = sources
    build = ("--text-fields", "text", "--tag-fields", "role", "--numeric-fields", "years", "--json")

    def publish(number: int) -> None:
        status, out, err = warm.run(redis_url, "build", str(paths[number % 2]), *build, PROFILESEARCH_CACHE=str(cache))
        assert status == 0 and json.loads(out)["embedded"] == 0, err

    publish(0)
    stop = threading.Event()
    wrong: list[object] = []
    seen: dict[str, int] = {}

    def search() -> None:
        pipeline = SearchPipeline(encoder, Store(connect(Settings(redis_url=redis_url))))
        number = 0
        while not stop.is_set():
            number += 1
            request = SearchRequest(QUERIES[number % 4], mode="off" if number % 2 else "predicted")
            try:
                page = pipeline.search(request)
            except Exception as error:
                wrong.append(error)
                continue
            marks = {result.hit.headline[0] for result in page.results}
            expected = "AB"[(page.version.number + 1) % 2]
            if marks != {expected} or len(page.results) != 30:
                wrong.append((page.version.version, marks, len(page.results)))
            seen[page.version.version] = seen.get(page.version.version, 0) + 1

    searchers = [threading.Thread(target=search) for _ in range(1)]
    for searcher in searchers:
        searcher.start()
    try:
        for number in range(1, CYCLES + 1):
            publish(number)
    finally:
        stop.set()
        for searcher in searchers:
            searcher.join()
    print(f"{sum(seen.values())} searches over {len(seen)} versions")
    assert not wrong, wrong[:5]
    assert len(seen) == CYCLES + 1 and min(seen.values()) > 0
