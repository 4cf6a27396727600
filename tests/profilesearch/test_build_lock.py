"""One build at a time."""

import json
import os
import subprocess
import sys
import time

import pytest
from servers import wait_until

import redis
from profilesearch.errors import BuildRunning
from profilesearch.store.build_lock import LOCK, BuildLock


def test_the_second_is_told_who_since_when_and_how_far(client: redis.Redis):
    with BuildLock(client) as first:
        first.progress("embed", 300, 1200)
        wait_until(lambda: BuildLock.owner(client).stage == "embed", what="the owner telling how far it is")
        with pytest.raises(BuildRunning, match=r"by|another build is running: .+@.+ \(pid \d+\) since 20\d\d-.* UTC, now at: embed 300 of 1,200 \(25%\)"), BuildLock(client):  # fmt: skip
            pytest.fail("two at once")
        assert first.held == (LOCK, client.get(LOCK).decode())
    assert not client.exists(LOCK) and BuildLock.owner(client) is None
    with BuildLock(client):
        pass


def test_it_is_renewed_while_the_owner_lives(client: redis.Redis):
    with BuildLock(client, seconds=0.5) as lock:
        time.sleep(1.2)
        lock.check()
        assert client.get(LOCK).decode() == lock.token


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
            while True:
                lock.check()
                time.sleep(0.02)
    assert client.get(LOCK) == b"another"


def test_a_lock_that_went_with_redis_is_taken_again(client: redis.Redis):
    """Redis came back without it and nobody else began: the build goes on."""
    with BuildLock(client, seconds=0.4) as lock:
        client.delete(LOCK)
        wait_until(lambda: (client.get(LOCK) or b"").decode() == lock.token, what="taking it again")
        lock.check()
