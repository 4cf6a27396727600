"""How much memory and disk a profile takes, in the Redis at REDIS_URL: it must be empty.

python -m bench.sizing SOURCE [--pid PID]

Builds SOURCE twice, FLAT and then HNSW, each a version of its own, and looks at what Redis says it uses before and after.
With --pid, the resident memory of that process (of redis_local) is measured too.
"""

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import psutil

from profilesearch.settings import Settings

from .connection import connect_url
from .report import save, show

SAMPLED = 200
"""Hashes whose memory is asked for."""


@click.command()
@click.argument("source", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--pid", type=int, help="A process whose resident memory is measured, too.")
@click.option("--name", default="sizing", show_default=True, help="Name of the result in bench/results.")
def main(source: Path, pid: int | None, name: str) -> None:
    """Measure and print."""
    client = connect_url(Settings.from_env(os.environ).redis_url)
    if client.dbsize():
        raise click.UsageError("expected an empty Redis at REDIS_URL")
    process = psutil.Process(pid) if pid else None
    server = client.info("server")
    print(f"Redis {server['redis_version']}, {source.stat().st_size / 1e6:.1f} MB in {source.name}")
    measured = [_measure(client, source, algorithm, process) for algorithm in ("flat", "hnsw")]
    show(
        "bytes per profile",
        ("index", "profiles", "in all", "the hash", "the index and the rest", "process"),
        [
            (
                each["algorithm"],
                f"{each['profiles']:,}",
                f"{each['bytes']:,.0f}",
                f"{each['hash']:,.0f}",
                f"{each['bytes'] - each['hash']:,.0f}",
                f"{each['process']:,.0f}",
            )
            for each in measured
        ],
    )
    save(name, {"redis": server["redis_version"], "source_bytes": source.stat().st_size, "versions": measured})


def _measure(client: Any, source: Path, algorithm: str, process: psutil.Process | None) -> dict[str, Any]:
    """Bytes per profile of one further version: in all, of its hash, and in the process that was named."""
    used, resident = _used(client), process.memory_info().rss if process else 0
    command = [sys.executable, "-m", "indexer", "build", str(source), "--algorithm", algorithm, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    summary = json.loads(done.stdout.splitlines()[-1])
    profiles, version = summary["rows_read"], summary["version"]
    keys = [key for _, key in zip(range(SAMPLED), client.scan_iter(f"profile:{version}:*", 1000), strict=False)]
    return {
        "algorithm": algorithm,
        "profiles": profiles,
        "bytes": (_used(client) - used) / profiles,
        "hash": statistics.mean(client.memory_usage(key, samples=0) for key in keys),
        "process": ((process.memory_info().rss if process else 0) - resident) / profiles,
    }


def _used(client: Any) -> int:
    return int(client.info("memory")["used_memory"])


if __name__ == "__main__":
    main()
