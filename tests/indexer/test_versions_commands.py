"""Gates, status, rollback, prune and diff, from the command line."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import redis
from indexer.prune import prune
from indexer.report import Report
from profilesearch.settings import Settings
from profilesearch.store import BuildLock, Server, Store, connect
from tests.indexer.conftest import Warm
from tests.servers import ROOT, environment, wait_until

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def command(warm: Warm, small_model: Path, client: redis.Redis, redis_url: str, tmp_path: Path) -> Command:
    """Runs the command line with the small model; a build takes its rows."""

    def run(*args: str, rows: list[dict[str, Any]] | None = None, **variables: str) -> tuple[int, str, str]:
        if rows is not None:
            (tmp_path / "people.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
            args = (args[0], str(tmp_path / "people.jsonl"), *args[1:])
        return warm.run(redis_url, *args, **{"PROFILESEARCH_MODEL": str(small_model), **variables})

    return run


def people(count: int, word: str = "word") -> list[dict[str, Any]]:
    return [
        {"id": f"p{n}", "headline": f"{word} {n}", "text": f"{word}{n % 17} job{n}", "city": "Köln"}
        for n in range(count)
    ]


@pytest.fixture
def store(client: redis.Redis, redis_url: str) -> Store:
    return Store(connect(Settings(redis_url=redis_url)))


def test_a_version_that_shrank_is_not_published(command: Command, store: Store, client: redis.Redis) -> None:
    assert command("build", rows=people(100))[0] == 0
    status, _, err = command("build", rows=people(79))
    assert status == 4
    assert (
        "version v2 was not published: size: expected at least 80, 80% of the live version's 100" in err
        and "got 79" in err
    )
    assert store.versions.live().version == "v1" and store.versions.get("v2").state == "failed"
    assert not list(client.scan_iter(match="profile:v2:*")) and client.execute_command("FT._LIST") == [b"profiles:v1"]
    assert "v2 failed: version v2 was not published" in command("status")[1]
    assert command("build", "--allow-shrink", rows=people(79))[0] == 0
    assert store.versions.live().profiles == 79
    assert command("build", rows=people(64))[0] == 0


def test_an_hnsw_index_below_the_recall_is_not_published(command: Command, store: Store) -> None:
    rows = [{"id": str(n), "text": f"a{n} b{n % 5} c{n % 7}"} for n in range(400)]
    status, _, err = command("build", "--algorithm", "hnsw", "--min-recall", "1", "--m", "2", "--ef-construction", "1",
                             "--ef-runtime", "1", rows=rows)  # fmt: skip
    if status == 0:  # redis_local answers HNSW exactly
        assert store.versions.live().checks["recall"] == "recall@10 of 1.000"
        return
    assert status == 4 and "recall: expected at least 1" in err and "recall@10 of 0." in err


def test_the_recall_gate_counts_what_the_index_finds(store: Store, client: redis.Redis, tmp_path: Path) -> None:
    """An index that misses neighbours fails, whatever answers: here half of the profiles were taken out of it."""
    import numpy as np

    from indexer.build.gates import Asked, verify
    from indexer.spool import Spool
    from profilesearch.fields import Fields
    from profilesearch.row import Row
    from profilesearch.store import VersionRecord
    from profilesearch.vector_index import VectorIndex
    from profilesearch.vectors import unit_rows

    record = VersionRecord(store.versions.new_name(), "m", "f", Fields(), VectorIndex(8, "hnsw"))
    store.create(record)
    vectors = unit_rows(np.random.default_rng(0).normal(size=(200, 8)))
    rows = [Row(str(n), "x", "x") for n in range(200)]
    with Spool(tmp_path) as spool:
        for number, row in enumerate(rows):
            spool.add(row, number, {})
        spool.add_vectors(vectors)
        sum(store.profiles.write(record, zip(rows, [0] * 200, vectors, strict=True)))
        checks = {each.name: each for each in verify(store, record, spool, Asked())}
        assert all(each.passed for each in checks.values()) and checks["recall"].result == "recall@10 of 1.000"
        client.unlink(*(record.key(str(n)) for n in range(0, 200, 2)))
        checks = {each.name: each for each in verify(store, record, spool, Asked())}
        assert {name for name, each in checks.items() if not each.passed} == {"profiles", "self-search", "recall"}


def test_a_build_tells_how_it_went(command: Command) -> None:
    status, out, err = command("build", "--json", rows=people(50))
    told = json.loads(out)
    assert status == 0 and (told["rows_read"], told["rejected"], told["version"]) == (50, 0, "v1")
    assert told["embedded"] + told["from_cache"] == 50 and told["peak_memory"] > 1 << 20
    assert {"read", "embed", "cluster", "calibrate", "write", "index", "verify", "publish"} <= set(told["seconds"])
    for line in err.splitlines():
        assert {"time", "level", "message"} <= set(json.loads(line))
    status, out, err = command("build", "--skip-bad-rows", "--json", rows=[*people(50), {"id": "bad"}])
    assert json.loads(out)["rejected"] == 1 and json.loads(out)["rows_read"] == 51


def test_the_second_build_is_told_who_builds(command: Command, server: Server) -> None:
    with BuildLock(server) as lock:
        lock.progress("embed", 10, 40)

        def stage() -> str:
            owner = BuildLock.owner(server)
            assert owner is not None
            return owner.stage

        wait_until(lambda: stage() == "embed", what="the owner telling how far it is")
        status, _, err = command("build", rows=people(5))
        assert status == 3 and "another build is running" in err and "embed 10 of 40 (25%)" in err
        told = json.loads(command("status", "--json")[1])
        assert told["building"]["stage"] == "embed" and told["live"] is None
    assert command("build", rows=people(5))[0] == 0


def test_rollback_is_instant_and_prune_keeps_what_can_be_gone_back_to(
    command: Command, store: Store, client: redis.Redis
) -> None:
    assert "no index has been published" in command("rollback")[2]
    for number in range(4):
        assert command("build", "--keep", "5", rows=people(50 + number))[0] == 0
    assert "there is no version 'v9'" in command("rollback", "v9")[2]
    status, _, err = command("rollback")
    assert status == 0 and "v3 is live, with 52 profiles; v4 is retired" in err
    assert client.execute_command("FT.SEARCH", "profiles", "*", "LIMIT", "0", "0") == [52]
    assert command("rollback", "v1")[0] == 0 and store.versions.live().version == "v1"
    assert "v1 is live already" in command("rollback", "v1")[2]
    status, _, err = command("prune", "--keep", "1")
    assert status == 0 and "removed v2 with 51 profiles" in err
    assert [each.version for each in store.versions.all()] == ["v1", "v3"]
    client.hset("profile:v77:theirs", "id", "another application's")
    client.hset("profile:v78:stray", "id", "stray")
    client.hset("profiles:clusters:v78", "x", "y")
    assert "removed v78 with 1 profile\n" in command("prune", "--keep", "0")[2]
    assert store.versions.traces() == {"v1"} and client.exists("profile:v77:theirs")
    assert "nothing to remove" in command("prune")[2]


@pytest.mark.parametrize("job", [("prune", "--keep", "0"), ("rollback", "v1")])
def test_prune_and_rollback_wait_for_nobody(
    command: Command, store: Store, server: Server, client: redis.Redis, job: tuple[str, ...]
) -> None:
    """While somebody builds, rolls back or prunes, they end with 3 and say who it is, and nothing is touched."""
    for number in range(2):
        assert command("build", rows=people(20 + number))[0] == 0
    store.versions.save(replace(store.versions.get("v1"), version="v3", state="building"))
    client.hset("profile:v3:p1", "id", "p1")
    before = {key: client.dump(key) for key in client.scan_iter() if not key.startswith(b"profiles:build")}
    with BuildLock(server) as lock:
        lock.progress("write", 1, 4)
        lock.renew()
        status, _, err = command(*job)
        assert status == 3 and "another build is running" in err and "write 1 of 4 (25%)" in err
        assert before == {key: client.dump(key) for key in client.scan_iter() if not key.startswith(b"profiles:build")}
    assert command(*job)[0] == 0
    assert store.versions.traces() == ({"v2"} if job[0] == "prune" else {"v1", "v2", "v3"})


def test_what_goes_live_while_it_is_pruned_stays(command: Command, store: Store, client: redis.Redis) -> None:
    """By somebody who does not ask for the lock, at the last moment."""
    for number in range(2):
        assert command("build", rows=people(20 + number))[0] == 0

    class Late(Report):
        def say(self, key: str, **values: Any) -> None:
            if values.get("removed") == "v1":
                store.versions.publish(store.versions.get("v3"))

    client.copy("profiles:record:v1", "profiles:record:v3")
    client.hset("profiles:record:v3", mapping={"pk": "v3", "state": "failed"})
    client.hset("profile:v3:p1", "id", "p1")
    client.zadd("profiles:versions", {"v3": 3})
    client.execute_command(
        "FT.CREATE", "profiles:v3", "ON", "HASH", "PREFIX", 1, "profile:v3:", "SCHEMA", "city", "TAG"
    )
    client.hset("profiles:record:v3", "state", "retired")
    assert prune(store, 0, Late()) == ["v1"]
    assert store.versions.live_name() == "v3" and client.exists("profile:v3:p1") and store.indexes.exists("v3")
    assert store.versions.get("v2").state == "retired"


@pytest.mark.parametrize(
    "damage",
    ["a field", "a newer release", "no record", "another type", "the cluster model", "no cluster model", "the pointer"],
)
def test_after_damage_every_command_helps(command: Command, store: Store, client: redis.Redis, damage: str) -> None:
    """What was live cannot be read any more: status says so, a build makes it whole, and so does rollback."""
    for number in range(2):
        assert command("build", rows=people(20 + number))[0] == 0
    key = "profiles:live" if damage == "the pointer" else f"profiles:{'clusters' if 'model' in damage else 'record'}:v2"
    if damage in ("no record", "another type", "no cluster model", "the pointer"):
        client.delete(key)
    if damage in ("another type", "the pointer"):
        client.rpush(key, "something else")
    if damage in ("a field", "a newer release", "the cluster model"):
        client.hset(key, {"a field": "seconds", "a newer release": "format"}.get(damage, "owners"), "99x"[: 2 + (damage != "a newer release")])  # fmt: skip
    status, out, err = command("status")
    assert "Traceback" not in err and "build the index again, or go back" in " ".join(out.split())
    assert json.loads(command("status", "--json")[1])["damaged"]
    if damage == "the pointer":
        status, _, err = command("prune")
        assert status == 1 and "profiles:live is damaged" in err and store.versions.traces() >= {"v1", "v2"}
    else:
        assert command("prune", "--keep", "1")[0] == 0 and store.versions.traces() == {"v1", "v2"}
    status, _, err = command("rollback", "v1")
    assert status == 0 and "v1 is live, with 20 profiles" in err
    assert store.versions.live().version == "v1"
    status, _, err = command("build", rows=people(30))
    assert status == 0, err
    assert store.versions.live().profiles == 30 and command("status")[0] == 0


def test_canaries_and_diff(command: Command, client: redis.Redis, tmp_path: Path) -> None:
    (tmp_path / "q.jsonl").write_text('{"text": "word3 job3"}\n{"text": "word5"}\n')
    canaries = ("--canaries", str(tmp_path / "q.jsonl"))
    assert command("build", rows=people(60))[0] == 0
    status, out, err = command("build", *canaries, "--json", rows=people(60))
    assert status == 0 and json.loads(out)["canary_overlap"] == 1.0
    assert command("build", *canaries, rows=people(60, "thing"))[0] == 0
    status, out, err = command("diff", "v1", "v2", *canaries)
    assert status == 0 and "mean overlap@10 over 2 queries: 100%" in out
    told = json.loads(command("diff", "v2", "v3", *canaries, "--json")[1])
    assert told["overlap"] < 1 and len(told["queries"]) == 2
    first = told["queries"][0]
    assert first["query"] == "word3 job3" and len(first["gone"]) == len(first["new"]) == round(
        10 * (1 - first["overlap"])
    )
    assert set(first["headlines"]) == {*first["gone"], *first["new"]}
    assert "no canary queries" in command("diff", "v1", "v3")[2]
    client.lpush("profiles:queries", "word7 job7")
    assert "over 1 queries" in command("diff", "v1", "v3")[1]
    (tmp_path / "q.jsonl").write_text('{"text": "fine"}\n{"words": 1}\n')
    assert "q.jsonl:2: text: expected a JSON object with a text" in command("diff", "v1", "v3", *canaries)[2]


@pytest.mark.usefixtures("has_hybrid")
def test_status_says_when_a_rebuild_is_worth_it(command: Command, store: Store, client: redis.Redis) -> None:
    assert command("status")[0] == 1
    assert command("build", rows=people(100))[0] == 0
    status, out, _ = command("status")
    assert status == 0 and "● live" in out and "no rebuild is needed" in out
    rows = [*people(40), *({"id": f"n{n}", "headline": "x", "text": f"zebra{n} yacht xylophone", "city": "Bonn"} for n in range(60))]  # fmt: skip
    assert command("sync", rows=rows)[0] == 0
    out = command("status")[1]
    assert "searches compare words and meaning; Redis joins both (FT.HYBRID)" in out
    assert "a rebuild is worth it" in out and "changes since it was built" in out
    drift = json.loads(command("status", "--json")[1])["drift"]
    assert drift["far"] > 0.1 and drift["changed"] == pytest.approx(60 / 160) and len(drift["reasons"]) >= 2


def test_wrong_use_exits_with_2(redis_url: str) -> None:
    for args in (["build"], ["build", "x", "--clusters", "many"], ["prune", "--keep", "-1"], ["nothing"]):
        done = subprocess.run([sys.executable, "-m", "indexer", *args], cwd=ROOT, env=environment(redis_url), capture_output=True, check=False)  # fmt: skip
        assert done.returncode == 2, done.stderr


def test_what_goes_wrong_after_going_live_removes_nothing(command: Command, store: Store) -> None:
    """The alias, or the counts, can fail once the pointer has moved: the version that answers by then stays."""
    from indexer.build.begin import give_up
    from indexer.job import Job
    from indexer.report import Report
    from profilesearch.errors import StoreError

    assert command("build", rows=people(30))[0] == 0
    live = store.versions.live()
    give_up(live, StoreError("the counts could not be read"), Job(store, Report()))
    assert store.versions.live() == live and store.indexes.wait(live).documents == 30
