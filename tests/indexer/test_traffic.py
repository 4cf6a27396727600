"""Searching without pause while versions are built and published: every answer is whole, and of one version."""

import json
import threading
from pathlib import Path

import pytest

import redis
from profilesearch.embedding import load_encoder
from profilesearch.search.pipeline import SearchPipeline
from profilesearch.search.request import SearchRequest
from profilesearch.settings import Settings
from profilesearch.store import Store, connect
from tests.indexer.conftest import Warm

PEOPLE, CYCLES = 6904, 20
QUERIES = ["product marketing manager", "intensive care nurse", "data engineer with kafka", "primary school teacher"]


@pytest.fixture
def sources(tmp_path: Path) -> list[Path]:
    """The sample twice, every headline and text marked with A or B."""
    from indexer.sample import write_sample

    write_sample(PEOPLE, 42, tmp_path / "people.jsonl", None, None)
    people = [json.loads(line) for line in (tmp_path / "people.jsonl").read_text().splitlines()]
    for mark in "AB":
        rows = [{"id": person["id"], "headline": f"{mark} {person['headline']}", "role": person["role"], "years": person["years"],
                 "text": f"{mark} {person['headline']} {person['about']}"} for person in people]  # fmt: skip
        (tmp_path / f"{mark}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return [tmp_path / "A.jsonl", tmp_path / "B.jsonl"]


def test_twenty_switches_under_traffic(
    warm: Warm, sources: list[Path], small_model: Path, client: redis.Redis, redis_url: str
) -> None:
    encoder = load_encoder(str(small_model))
    build = ("--text-fields", "text", "--tag-fields", "role", "--numeric-fields", "years", "--model", str(small_model))

    def publish(number: int) -> None:
        status, _, err = warm.run(redis_url, "build", str(sources[number % 2]), *build)
        assert status == 0, err

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
            marks = {result.hit.title[0] for result in page.results}
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
