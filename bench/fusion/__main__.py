"""What words add to meaning, and with which weight.

python -m bench.fusion [--data ../shared/data] [--table weights|windows|terms]

Vectors are kept in the cache directory, as those of builds are.
"""

import os
from pathlib import Path

import click

from profilesearch.embedding import CachedEncoder, EmbeddingCache, load_encoder, model_stamp
from profilesearch.settings import DEFAULT_MODEL, Settings

from . import tables
from .collections import collections
from .scores import Sides

TABLES = {"weights": tables.weights, "windows": tables.windows, "terms": tables.terms}


@click.command()
@click.option("--data", type=click.Path(path_type=Path), default=Path("../shared/data"), show_default=True)
@click.option(
    "--table", "names", type=click.Choice(sorted(TABLES)), multiple=True, help="Only this one; may be repeated."
)
def main(data: Path, names: tuple[str, ...]) -> None:
    """Measure and print."""
    judged, missing = collections(data)
    if missing:
        click.echo(f"{data}: {', '.join(missing)} not there, and left out")
    cache = EmbeddingCache(Settings.from_env(os.environ).cache)
    encoder = CachedEncoder(DEFAULT_MODEL, lambda: load_encoder(DEFAULT_MODEL), cache, model_stamp(DEFAULT_MODEL))
    sides = [Sides.of(each, encoder) for each in judged]
    for name in names or TABLES:
        TABLES[name](sides, encoder)


if __name__ == "__main__":
    main()
