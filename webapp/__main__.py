"""``python -m webapp``: serve the page and the API."""

import errno
import logging
import os
import sys
import threading

try:
    import click
except ModuleNotFoundError:  # another Python than the project's, which would end in a traceback
    sys.exit(
        f"error: {sys.executable} does not have what Profile Search needs: run `make setup` once, then say "
        "`. .venv/bin/activate` in this shell, or .venv/bin/python -m webapp"
    )
from flask import Flask

from profilesearch.errors import ProfileSearchError
from profilesearch.settings import Settings

from .app import create_app
from .hosts import check_exposure
from .server import Limits, make_server

_SWITCH_SECONDS = 0.0005
"""How soon busy threads let another run: the one that reads all connections waits its turn after every system call."""


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, help="Port to listen on.")
@click.option("--threads", type=click.IntRange(1, 256), default=8, show_default=True, help="Requests answered at once.")
@click.option(
    "--queue",
    type=click.IntRange(1, 10_000),
    default=64,
    show_default=True,
    help="Requests that may wait; the next ones get 503.",
)
def main(host: str, port: int, threads: int, queue: int) -> None:
    """Serve the search page and the JSON API.

    \b
    Example:
      python -m webapp --port 8000
      curl 'http://127.0.0.1:8000/api/search?q=data+engineer&k=3'
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    for noisy in ("httpx", "sentence_transformers", "waitress"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    try:
        settings = check_exposure(Settings.from_env(os.environ), host)
        app = create_app(settings)
        server = make_server(app, host, port, Limits(threads=threads, queue=queue))
    except ProfileSearchError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(1)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            click.echo(f"error: port {port} is taken: stop what listens there, or choose another --port", err=True)
        else:
            click.echo(f"error: cannot listen on {host}:{port}: {error.strerror}", err=True)
        sys.exit(1)
    app.extensions["profilesearch"].start()
    threading.Thread(target=_end_without_model, args=(app,), daemon=True).start()
    sys.setswitchinterval(_SWITCH_SECONDS)
    click.echo(f"Profile Search is at http://{host}:{port}", err=True)
    try:
        server.run()
    except KeyboardInterrupt:
        pass
    finally:
        server.close()


def _end_without_model(app: Flask) -> None:
    """A server whose model cannot be loaded will never answer a search: it ends, and says why."""
    try:
        app.extensions["profilesearch"].wait()
    except ProfileSearchError as error:
        click.echo(f"error: {error}", err=True)
        os._exit(1)


if __name__ == "__main__":
    main()
