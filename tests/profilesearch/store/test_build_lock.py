"""One build at a time."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import redis
from profilesearch.errors import BuildRunning
from profilesearch.settings import Settings
from profilesearch.store import BuildLock, Keys, Server, connect
from profilesearch.store.fence import Fence
from tests.servers import redis_local, wait_until

KEYS = Keys()


def test_the_second_is_told_who_since_when_and_how_far(server: Server, client: redis.Redis) -> None:
    with BuildLock(server) as first:
        first.progress("embed", 300, 1200)

        def stage() -> str:
            owner = BuildLock.owner(server)
            assert owner is not None
            return owner.stage

        wait_until(lambda: stage() == "embed", what="the owner telling how far it is")
        expected = (
            r"another build is running: .+@.+ \(pid \d+\) since 20\d\d-.* UTC, now at: embed 300 of 1,200 \(25%\)"
        )
        with pytest.raises(BuildRunning, match=expected), BuildLock(server):
            pytest.fail("two at once")
        assert first.token == client.get(KEYS.lock).decode() == client.get(KEYS.fence).decode()
    assert not client.keys("profiles:build*") and BuildLock.owner(server) is None
    with BuildLock(server):
        pass


def test_taking_it_again_after_a_lost_reply_is_no_other_build(server: Server, client: redis.Redis) -> None:
    """redis-py sends a command again whose reply was lost: the second one meets the token of the first."""
    lock = BuildLock(server)
    assert lock._take() and lock._take() and not BuildLock(server)._take()


def test_it_is_renewed_while_the_owner_lives(server: Server, client: redis.Redis) -> None:
    with BuildLock(server, seconds=0.5) as lock:
        for _ in range(3):
            left = client.pttl(KEYS.lock)
            wait_until(lambda left=left: client.pttl(KEYS.lock) < left, what="its time running down")
            left = client.pttl(KEYS.lock)
            wait_until(lambda left=left: client.pttl(KEYS.lock) > left, what="its renewal")
        lock.check()
        assert client.get(KEYS.lock).decode() == lock.token


def test_whoever_ends_a_job_need_not_wait_for_a_redis_that_is_away(redis_url: str, tmp_path: Path) -> None:
    """Though the job's own calls would wait for it for minutes."""
    with redis_local(tmp_path) as server:
        patient = connect(Settings(redis_url=f"redis://127.0.0.1:{server.port}/0"), patience=600)
        lock = BuildLock(patient).__enter__()
        server.stop()
        ending = threading.Thread(target=lock.__exit__, args=(None, None, None), daemon=True)
        ending.start()
        ending.join(60)
        assert not ending.is_alive()


def test_a_dead_owners_lock_frees_itself(server: Server, client: redis.Redis) -> None:
    """An owner on another machine stopped renewing: when its time is over, the next one gets it."""
    client.set(KEYS.lock, "somebody", px=700)
    client.set(
        "profiles:build:about", json.dumps({"user": "u", "host": "elsewhere", "pid": 1, "machine": "m", "since": 0})
    )
    with pytest.raises(BuildRunning, match="u@elsewhere"):
        BuildLock(server).__enter__()
    wait_until(lambda: not client.exists(KEYS.lock), what="the lock ending")
    with BuildLock(server):
        pass


def test_an_owner_that_died_on_this_machine_is_noticed_at_once(server: Server, client: redis.Redis) -> None:
    code = "import sys, time, redis; from profilesearch.store import BuildLock, Server\nBuildLock(Server(redis.Redis(port=int(sys.argv[1])))).__enter__(); print(1, flush=True); time.sleep(60)"
    port = client.connection_pool.connection_kwargs["port"]
    owner = subprocess.Popen([sys.executable, "-c", code, str(port)], stdout=subprocess.PIPE, env=os.environ)
    assert owner.stdout is not None
    assert owner.stdout.readline() == b"1\n"
    with pytest.raises(BuildRunning, match=f"pid {owner.pid}"):
        BuildLock(server).__enter__()
    owner.kill()
    owner.wait()
    owner.stdout.close()
    with BuildLock(server) as lock:
        assert client.get(KEYS.lock).decode() == lock.token


def test_a_lock_that_was_lost_is_noticed(server: Server, client: redis.Redis) -> None:
    with BuildLock(server, seconds=0.4) as lock:
        client.set(KEYS.lock, "another")
        with pytest.raises(BuildRunning, match="lost its lock"):
            wait_until(lambda: lock.check(), what="the owner noticing")
    assert client.get(KEYS.lock) == b"another"


def test_a_lock_that_went_with_redis_is_taken_again(server: Server, client: redis.Redis) -> None:
    """Redis came back without it and nobody else began: the build goes on."""
    with BuildLock(server, seconds=0.4) as lock:
        client.delete(KEYS.lock)
        wait_until(lambda: (client.get(KEYS.lock) or b"").decode() == lock.token, what="taking it again")
        lock.check()


def test_a_lock_that_somebody_else_had_meanwhile_is_lost_for_good(server: Server, client: redis.Redis) -> None:
    """Cut off for longer than the lock lives: another one began, and has ended by the time the first is back."""
    with BuildLock(server, seconds=600) as first:
        client.delete(KEYS.lock)
        with BuildLock(server):
            pass
        assert not first.renew() and not client.exists(KEYS.lock)
        with pytest.raises(BuildRunning, match="lost its lock while it was cut off .*it has ended since"):
            first.check()
    with BuildLock(server) as third:
        assert not first.renew() and client.get(KEYS.lock).decode() == third.token


def test_only_who_has_the_lock_writes(server: Server, client: redis.Redis) -> None:
    with BuildLock(server, seconds=600) as first:
        fence = Fence(server, KEYS, first.token)
        fence.run([("SET", "a", "1")])
        client.delete(KEYS.lock)  # it ended, and nobody else came: what is written is still its own
        fence.run([("SET", "a", "2")])
        with BuildLock(server):
            for write in (
                lambda: fence.run([("SET", "a", "3")]),
                lambda: fence.call("redis.call('SET', KEYS[2], ARGV[2])", ["a"], ["3"]),
                fence.check,
            ):
                with pytest.raises(BuildRunning, match="lost its lock"):
                    write()
        with pytest.raises(BuildRunning):  # the other one has ended, but it was there
            fence.run([("SET", "a", "3")])
    assert client.get("a") == b"2"


@pytest.mark.parametrize("damage", ["text", "list", "json"])
def test_an_owner_who_cannot_be_read_is_nobody(server: Server, client: redis.Redis, damage: str) -> None:
    with BuildLock(server, seconds=600):
        client.delete(KEYS.about)
        client.rpush(KEYS.about, "x") if damage == "list" else client.set(
            KEYS.about, "{" if damage == "text" else '{"pid": []}'
        )
        assert BuildLock.owner(server) is None
        with pytest.raises(BuildRunning, match="did not say who"), BuildLock(server):
            pytest.fail("two at once")
