"""The frame of any job, with jobs that are no build."""

import json
from pathlib import Path

import pytest

from indexer.job import running
from indexer.report import Report
from indexer.spool import Spool
from profilesearch.errors import BuildRunning, RedisUnavailable, StoreError
from profilesearch.fields import Fields
from profilesearch.row import Row
from profilesearch.store import BuildLock, Server, Store, VersionRecord
from profilesearch.vector_index import VectorIndex
from tests.indexer.actors import QuietLock

ROWS = [Row(f"p{n}", f"person {n}", "text") for n in range(5)]


def record(store: Store) -> VersionRecord:
    return VersionRecord(store.versions.new_name(), "model", "print", Fields(), VectorIndex(4))


def test_a_job_that_exports_counts_tells_and_ends_with_a_summary(
    store: Store, server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = Report(as_json=True)
    with running("export", store, report, BuildLock(server)) as job, Spool(tmp_path) as spool:
        with job.stage("gather", len(ROWS)) as stage:
            for line, row in enumerate(ROWS, 1):
                spool.add(row, line, {})
                stage.advance(1)
        owner = BuildLock.owner(server)
        report.facts["exported"] = sum(len(rows) for rows in spool.rows())
    assert owner is not None and BuildLock.owner(server) is None
    summary = json.loads(capsys.readouterr().out)
    assert summary["exported"] == 5 and "gather" in summary["seconds"] and summary["peak_memory"] > 0


def test_others_are_told_how_far_a_job_is(store: Store, server: Server) -> None:
    lock = BuildLock(server)
    with running("train", store, Report(), lock) as job, job.stage("epoch", 8) as stage:
        stage.advance(2)
        lock.renew()
        owner = BuildLock.owner(server)
        assert owner is not None and (owner.stage, owner.done, owner.total) == ("epoch", 2, 8)
        with pytest.raises(BuildRunning, match="epoch 2 of 8"), running("prune", store, Report(), BuildLock(server)):
            pytest.fail("two jobs at once")


def lose(lock: BuildLock, server: Server) -> None:
    """The lock ends, as if its owner had been cut off, and somebody else has it since."""
    server.run("DEL", "profiles:build")
    with BuildLock(server):
        pass
    assert not lock.renew()


def test_without_its_lock_a_job_writes_nothing_though_it_shows_no_progress(store: Store, server: Server) -> None:
    lock = QuietLock(server, seconds=600)
    with pytest.raises(BuildRunning), running("train", store, Report(), lock) as job:
        version = record(store)
        lose(lock, server)
        job.store.versions.save(version)  # no stage, no bar, no word: Redis refuses
    assert not server.run("EXISTS", "profiles:record:v1")


def test_without_its_lock_a_job_does_not_get_on(store: Store, server: Server) -> None:
    lock = QuietLock(server, seconds=600)
    with pytest.raises(BuildRunning), running("train", store, Report(), lock) as job, job.stage("epoch", 2) as stage:
        stage.advance(1)
        lose(lock, server)
        stage.advance(1)
        pytest.fail("it went on")


def test_a_job_that_fails_undoes_what_it_did_latest_first(store: Store, server: Server) -> None:
    undone = []
    with pytest.raises(StoreError, match="full"), running("train", store, Report(), BuildLock(server)) as job:
        job.if_it_fails(lambda error: undone.append(f"first, {error}"))
        job.if_it_fails(lambda error: undone.append(f"second, {error}"))
        raise StoreError("full")
    assert undone == ["second, full", "first, full"] and BuildLock.owner(server) is None


@pytest.mark.parametrize("error", [RedisUnavailable("away"), KeyboardInterrupt(), SystemExit(143)])
def test_a_job_that_is_interrupted_undoes_nothing_and_says_how_it_is_gone_on_with(
    store: Store, server: Server, capsys: pytest.CaptureFixture[str], error: BaseException
) -> None:
    undone: list[BaseException] = []
    lock = BuildLock(server)
    with pytest.raises(type(error)), running("build", store, Report(), lock, resumes="build.resumes") as job:
        job.if_it_fails(undone.append)
        raise error
    assert not undone and "the next build of the same source goes on from there" in capsys.readouterr().err


def test_a_job_that_others_may_run_beside_has_no_lock(store: Store, server: Server) -> None:
    with running("sync", store, Report()) as job, job.stage("apply", 1) as stage:
        stage.advance(1)
        assert BuildLock.owner(server) is None and job.store is store
