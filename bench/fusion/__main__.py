"""What words add to meaning, and with which weight.

python -m bench.fusion [--data ../shared/data] [--table weights|windows|terms] [--further]

Vectors are kept in the cache directory, as those of builds are.
"""

from pathlib import Path

import click

from indexer.commands.tools import cached_encoder

from . import tables
from .collections import collections, further_collections
from .scores import Sides

TABLES = {"weights": tables.weights, "windows": tables.windows, "terms": tables.terms}


@click.command()
@click.option("--data", type=click.Path(path_type=Path), default=Path("../shared/data"), show_default=True)
@click.option(
    "--table", "names", type=click.Choice(sorted(TABLES)), multiple=True, help="Only this one; may be repeated."
)
@click.option("--further", is_flag=True, help="The collections that no rule of the search was settled on.")
def main(data: Path, names: tuple[str, ...], further: bool) -> None:
    """Measure and print."""
    judged, missing = further_collections(data) if further else collections(data)
    if missing:
        click.echo(f"{data}: {', '.join(missing)} not there, and left out")
    with cached_encoder(None, None) as (encoder, _):
        sides = [Sides.of(each, encoder) for each in judged]
        click.echo(f"{encoder.name} {encoder.fingerprint}")
        for name in names or TABLES:
            TABLES[name](sides, encoder)


if __name__ == "__main__":
    main()
