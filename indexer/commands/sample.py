"""``sample``."""

from pathlib import Path

import click

from .options import OUT


@click.command("sample")
@click.option("--count", type=click.IntRange(1), default=6904, help="How many profiles.")
@click.option("--seed", type=int, default=42, help="The same seed gives the same people.")
@click.option("--out", type=OUT, default=Path("data/profiles.jsonl"), help="Where the profiles go, as JSON Lines.")
@click.option("--queries", type=OUT, help="Where to write the 20 job descriptions, as JSON Lines with id and text.")
@click.option("--qrels", type=OUT, help="Where to write who fits which description, as TREC qrels.")
@click.option("--force", is_flag=True, help="Overwrite files that are there.")
def sample_command(count: int, seed: int, out: Path, queries: Path | None, qrels: Path | None, force: bool) -> None:
    """Write invented profiles to try everything with. Files that are there are not overwritten unless --force.

    \b
    Example:
      python -m indexer sample --count 6904 --seed 42 --out data/profiles.jsonl \\
        --queries data/queries.jsonl --qrels data/qrels.tsv
    """
    from ..sample.files import check_new, write_sample

    if not force:
        check_new(out, queries, qrels)
    write_sample(count, seed, out, queries, qrels)
    click.echo(f"{count} profiles in {out}", err=True)
