"""One build at a time."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from servers import redis_local, wait_until

import redis
from profilesearch.errors import BuildRunning
from profilesearch.settings import Settings
from profilesearch.store import connect
from profilesearch.store.build_lock import BuildLock
from profilesearch.store.fence import Fence
from profilesearch.store.keys import ABOUT, FENCE, LOCK


def test_the_second_is_told_who_since_when_and_how_far(client: redis.Redis):
    with BuildLock(client) as first:
        first.progress("embed", 300, 1200)
        wait_until(lambda: BuildLock.owner(client).stage == "embed", what="the owner telling how far it is")
        expected = (
            r"another build is running: .+@.+ \(pid \d+\) since 20\d\d-.* UTC, now at: embed 300 of 1,200 \(25%\)"
        )
        with pytest.raises(BuildRunning, match=expected), BuildLock(client):
            pytest.fail("two at once")
        assert first.token == client.get(LOCK).decode() == client.get(FENCE).decode()
    assert not client.keys("profiles:build*") and BuildLock.owner(client) is None
    with BuildLock(client):
        pass


def test_taking_it_again_after_a_lost_reply_is_no_other_build(client: redis.Redis):
    """redis-py sends a command again whose reply was lost: the second one meets the token of the first."""
    lock = BuildLock(client)
    assert lock._take() and lock._take() and not BuildLock(client)._take()


def test_it_is_renewed_while_the_owner_lives(client: redis.Redis):
    with BuildLock(client, seconds=0.5) as lock:
        for _ in range(3):
            left = client.pttl(LOCK)
            wait_until(lambda left=left: client.pttl(LOCK) < left, what="its time running down")
            left = client.pttl(LOCK)
            wait_until(lambda left=left: client.pttl(LOCK) > left, what="its renewal")
        lock.check()
        assert client.get(LOCK).decode() == lock.token


def test_whoever_ends_a_job_need_not_wait_for_a_redis_that_is_away(redis_url: str, tmp_path: Path):
    """Though the job's own calls would wait for it for minutes."""
    with redis_local(tmp_path) as server:
        patient = connect(Settings(redis_url=f"redis://127.0.0.1:{server.port}/0"), patience=600)
        lock = BuildLock(patient).__enter__()
        server.stop()
        ending = threading.Thread(target=lock.__exit__, args=(None, None, None), daemon=True)
        ending.start()
        ending.join(60)
        assert not ending.is_alive()


def test_a_dead_owners_lock_frees_itself(client: redis.Redis):
    """An owner on another machine stopped renewing: when its time is over, the next one gets it."""
    client.set(LOCK, "somebody", px=700)
    client.set(
        "profiles:build:about", json.dumps({"user": "u", "host": "elsewhere", "pid": 1, "machine": "m", "since": 0})
    )
    with pytest.raises(BuildRunning, match="u@elsewhere"):
        BuildLock(client).__enter__()
    wait_until(lambda: not client.exists(LOCK), what="the lock ending")
    with BuildLock(client):
        pass


def test_an_owner_that_died_on_this_machine_is_noticed_at_once(client: redis.Redis):
    code = "import sys, time, redis; from profilesearch.store import BuildLock\nBuildLock(redis.Redis(port=int(sys.argv[1]))).__enter__(); print(1, flush=True); time.sleep(60)"
    port = client.connection_pool.connection_kwargs["port"]
    owner = subprocess.Popen([sys.executable, "-c", code, str(port)], stdout=subprocess.PIPE, env=os.environ)
    assert owner.stdout.readline() == b"1\n"
    with pytest.raises(BuildRunning, match=f"pid {owner.pid}"):
        BuildLock(client).__enter__()
    owner.kill()
    owner.wait()
    owner.stdout.close()
    with BuildLock(client) as lock:
        assert client.get(LOCK).decode() == lock.token


def test_a_lock_that_was_lost_is_noticed(client: redis.Redis):
    with BuildLock(client, seconds=0.4) as lock:
        client.set(LOCK, "another")
        with pytest.raises(BuildRunning, match="lost its lock"):
            wait_until(lambda: lock.check(), what="the owner noticing")
    assert client.get(LOCK) == b"another"


def test_a_lock_that_went_with_redis_is_taken_again(client: redis.Redis):
    """Redis came back without it and nobody else began: the build goes on."""
    with BuildLock(client, seconds=0.4) as lock:
        client.delete(LOCK)
        wait_until(lambda: (client.get(LOCK) or b"").decode() == lock.token, what="taking it again")
        lock.check()


def test_a_lock_that_somebody_else_had_meanwhile_is_lost_for_good(client: redis.Redis):
    """Cut off for longer than the lock lives: another one began, and has ended by the time the first is back."""
    with BuildLock(client, seconds=600) as first:
        client.delete(LOCK)
        with BuildLock(client):
            pass
        assert not first.renew() and not client.exists(LOCK)
        with pytest.raises(BuildRunning, match="lost its lock while it was cut off .*it has ended since"):
            first.check()
    with BuildLock(client) as third:
        assert not first.renew() and client.get(LOCK).decode() == third.token


def test_only_who_has_the_lock_writes(client: redis.Redis):
    with BuildLock(client, seconds=600) as first:
        fence = Fence(client, first.token)
        fence.run([("SET", "a", "1")])
        client.delete(LOCK)  # it ended, and nobody else came: what is written is still its own
        fence.run([("SET", "a", "2")])
        with BuildLock(client):
            for write in (
                lambda: fence.run([("SET", "a", "3")]),
                lambda: fence.transaction(lambda pipeline: pipeline.set("a", "3")),
                lambda: fence.call("redis.call('SET', KEYS[2], ARGV[2])", ["a"], ["3"]),
                fence.check,
            ):
                with pytest.raises(BuildRunning, match="lost its lock"):
                    write()
        with pytest.raises(BuildRunning):  # the other one has ended, but it was there
            fence.run([("SET", "a", "3")])
    assert client.get("a") == b"2"


@pytest.mark.parametrize("damage", ["text", "list", "json"])
def test_an_owner_who_cannot_be_read_is_nobody(client: redis.Redis, damage: str):
    with BuildLock(client, seconds=600):
        client.delete(ABOUT)
        client.rpush(ABOUT, "x") if damage == "list" else client.set(ABOUT, "{" if damage == "text" else '{"pid": []}')
        assert BuildLock.owner(client) is None
        with pytest.raises(BuildRunning, match="did not say who"), BuildLock(client):
            pytest.fail("two at once")
