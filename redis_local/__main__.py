"""``python -m redis_local``: serve."""

import asyncio
import contextlib
import errno
import ipaddress
import logging
import os
import signal
import sys
from pathlib import Path

try:
    import click
except ModuleNotFoundError:  # another Python than the project's, which would end in a traceback
    sys.exit(
        f"error: {sys.executable} does not have what Profile Search needs: run `make setup` once, then say "
        "`. .venv/bin/activate` in this shell, or .venv/bin/python -m redis_local"
    )
import hiredis

from .answers import SLICE_SECONDS
from .catalog import Catalog
from .directory import close_to_others, lock_directory
from .errors import RedisLocalError, StartError
from .link import Address, Link
from .redis_server import RedisServer
from .server import ClientSide
from .slices import step_limit

try:
    import uvloop
except ImportError:  # Windows, and interpreters without wheels
    uvloop = None  # type: ignore[assignment]


@click.command()
@click.option("--port", default=6390, show_default=True, help="TCP port to listen on.")
@click.option(
    "--bind",
    default="127.0.0.1",
    show_default=True,
    help="Address to listen on; beyond this machine only with --requirepass.",
)
@click.option(
    "--dir",
    "directory",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("data/redis"),
    show_default=True,
    help="Where the data and the index definitions are kept.",
)
@click.option(
    "--upstream",
    envvar="REDIS_LOCAL_UPSTREAM",
    metavar="URL",
    help="Use this plain Redis (6 or newer) instead of starting one; better given as $REDIS_LOCAL_UPSTREAM if the URL "
    "holds a password.",
)
@click.option(
    "--requirepass",
    envvar="REDIS_LOCAL_PASSWORD",
    metavar="PASSWORD",
    help="Password for clients; better given as $REDIS_LOCAL_PASSWORD.",
)
def main(port: int, bind: str, directory: Path, upstream: str | None, requirepass: str | None) -> None:
    """A Redis with vector search, on a machine without Docker.

    A real redis-server keeps the data; this process adds the FT.* commands to it.

    \b
    Example:
      python -m redis_local --port 6390 --dir data/redis
      redis-cli -p 6390 FT._LIST
    """
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s redis_local %(levelname)s %(message)s", stream=sys.stderr
    )
    try:
        behind = Address.from_url(upstream) if upstream else None
        _check_bind(bind, requirepass, behind)
        runner = asyncio.Runner(loop_factory=uvloop.new_event_loop if uvloop else None)
        with runner:
            runner.run(serve(bind, port, directory, behind, requirepass))
    except RedisLocalError as error:
        click.echo(f"redis_local: {error}", err=True)
        sys.exit(1)


def _check_bind(bind: str, password: str | None, upstream: Address | None) -> None:
    try:
        local = bind == "localhost" or ipaddress.ip_address(bind).is_loopback
    except ValueError:
        local = False
    if not local and not password and not upstream:
        raise StartError(f"--bind {bind} lets other machines in: give --requirepass too")
    if not local and upstream and not upstream.password:
        raise StartError(f"--bind {bind} lets other machines in: give an --upstream that wants a password")


async def serve(bind: str, port: int, directory: Path, upstream: Address | None, password: str | None) -> None:
    """Run until SIGINT or SIGTERM.

    Raises:
        StartError: something is in the way; nothing was left running.
    """
    os.umask(0o077)  # what this process and its children write is for its owner alone
    lock = lock_directory(directory)
    close_to_others(directory)
    server = None if upstream else RedisServer(directory, password)
    catalog = None
    try:
        if server is not None:
            await server.start()
        if upstream is not None:
            await _check_upstream(upstream)
        address = server.address if server else upstream or Address()
        catalog = Catalog(directory / "indexes.json", address)
        await catalog.load()
        with step_limit(SLICE_SECONDS):
            listener = await _listen(catalog, address, bind, port)
            click.echo(f"redis_local listens on {bind}:{port}, data in {directory if server else upstream}", err=True)
            await _until_signal()
            listener.close()
    finally:
        if catalog is not None:
            catalog.close()
            await catalog.settle()
        if server is not None:
            await server.stop()
        lock.release()


async def _check_upstream(address: Address) -> None:
    try:
        link = await Link.open(address)
    except OSError as error:
        raise StartError(f"cannot reach the Redis at --upstream ({address}): {error.strerror or error}") from error
    except hiredis.ReplyError as error:
        raise StartError(
            f"the Redis at --upstream ({address}) refuses, it must be version 6 or newer: {error}"
        ) from error
    link.close()


async def _listen(catalog: Catalog, address: Address, bind: str, port: int) -> asyncio.Server:
    loop = asyncio.get_running_loop()
    try:
        return await loop.create_server(lambda: ClientSide(catalog, address), bind, port, backlog=511)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise StartError(f"port {port} is taken: stop what listens there, or choose another --port") from error
        raise StartError(f"cannot listen on {bind}:{port}: {error.strerror}") from error


async def _until_signal() -> None:
    done = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, done.set)
    await done.wait()


if __name__ == "__main__":
    main()
