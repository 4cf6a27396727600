"""A live version of a benchmark's own: profiles built by the command line into a redis_local that nobody else uses."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from profilesearch.settings import Settings
from profilesearch.store import Store, connect

from .own_redis import own_redis


@contextmanager
def built(profiles: Iterable[Mapping[str, Any]], *options: str) -> Iterator[Store]:
    """The store with the version live.

    Args:
        profiles: rows of a source; vectors come from the embedding cache where they are there.
        options: of ``build``.

    Raises:
        subprocess.CalledProcessError: the build failed, and said why.
    """
    with own_redis() as server, tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "profiles.jsonl"
        source.write_text("".join(json.dumps(row) + "\n" for row in profiles), encoding="utf-8")
        command = [sys.executable, "-m", "indexer", "build", str(source), "--json", *options]
        subprocess.run(command, stdout=subprocess.DEVNULL, env=os.environ | {"REDIS_URL": server.url}, check=True)
        yield Store(connect(Settings(redis_url=server.url)))
