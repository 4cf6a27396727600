"""What the command line does not do unasked: overwrite a sample, publish strange answers, make clusters of single people."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

import redis
from indexer.cli import main
from profilesearch.settings import Settings
from profilesearch.store import Store, connect
from tests.indexer.conftest import Warm
from tests.servers import run_indexer

Build = Callable[..., tuple[int, str]]


@pytest.fixture
def build(warm: Warm, small_model: Path, client: redis.Redis, redis_url: str, tmp_path: Path) -> Build:
    """Builds people whose texts have a word; returns the exit status and what was said."""

    def run(*args: str, count: int = 60, word: str = "word") -> tuple[int, str]:
        rows = [{"id": f"{word}-{n}", "text": f"{word}{n % 17} job{n}"} for n in range(count)]
        source = tmp_path / "people.jsonl"
        source.write_text("".join(json.dumps(row) + "\n" for row in rows))
        status, _, err = warm.run(redis_url, "build", str(source), *args, PROFILESEARCH_MODEL=str(small_model))
        return status, err

    return run


@pytest.fixture
def canaries(tmp_path: Path) -> tuple[str, str]:
    path = tmp_path / "canaries.jsonl"
    path.write_text('{"text": "word3 job3"}\n{"text": "word5"}\n')
    return "--canaries", str(path)


def test_answers_that_changed_too_much_are_not_published(
    build: Build, canaries: tuple[str, str], redis_url: str
) -> None:
    store = Store(connect(Settings(redis_url=redis_url)))
    assert build()[0] == 0
    status, said = build(*canaries, "--min-canary-overlap", "0.9", word="thing")
    assert status == 4
    assert "version v2 was not published: canary queries: expected an overlap@10 with v1 of at least 90%" in said
    assert store.versions.live().version == "v1" and store.versions.get("v2").state == "failed"
    assert build(*canaries, "--min-canary-overlap", "1")[0] == 0  # the same people: the same answers
    assert build(*canaries, word="thing")[0] == 0  # no floor unless one is asked for


def test_there_are_not_more_clusters_than_people_allow(build: Build, redis_url: str) -> None:
    status, said = build("--clusters", "500", count=200)
    assert status == 0 and "500 clusters are too many for 200 profiles: at most 40 are made" in said
    store = Store(connect(Settings(redis_url=redis_url)))
    amount = len(store.clusters.model(store.versions.live()))
    assert 30 < amount <= 40
    assert f"  … and {amount - 30} more: python -m indexer status lists them" in said
    listed = said.split(" is live")[1].split("  … and")[0].splitlines()[1:]
    assert len(listed) == 30
    assert "too many" not in build(count=20)[1]


def test_diff_breaks_no_word_however_narrow(
    build: Build, warm: Warm, canaries: tuple[str, str], redis_url: str, small_model: Path
) -> None:
    assert build()[0] == build(word="something-rather-long-that-goes-on")[0] == 0
    status, out, _ = warm.run(
        redis_url, "diff", "v1", "v2", *canaries, COLUMNS="20", PROFILESEARCH_MODEL=str(small_model)
    )
    assert status == 0
    assert "%  word3 job3\n      only in v1: " in out
    assert any(
        line.startswith("      only in v2: something-rather-long-that-goes-on-") and "  something-rather" in line
        for line in out.splitlines()
    )


def test_a_sample_overwrites_nothing_unasked(tmp_path: Path) -> None:
    out, queries = tmp_path / "people.jsonl", tmp_path / "queries.jsonl"
    queries.write_text("mine")
    args = ["sample", "--count", "3", "--out", str(out), "--queries", str(queries)]
    refused = CliRunner().invoke(main, args)
    assert refused.exit_code == 1
    assert f"expected new files, got {queries}: choose other names (--force overwrites them)" in refused.output
    assert queries.read_text() == "mine" and not out.exists()
    assert CliRunner().invoke(main, [*args, "--force"]).exit_code == 0
    assert len(out.read_text().splitlines()) == 3 and queries.read_text() != "mine"


def test_standard_input_has_a_name(
    build: Build, redis_url: str, small_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROFILESEARCH_MODEL", str(small_model))
    assert build(count=5)[0] == 0
    row = json.dumps({"id": "word-0", "text": "word0 job0"})
    done = run_indexer(redis_url, "sync", "-", "--dry-run", input=row.encode())
    assert b"4 profiles are not in standard input and stay" in done.stderr, done.stderr
