"""What becomes of texts that are longer than the model reads: quality, and what it costs.

python -m bench.long_texts [--data ../shared/data] [--rows 20000]

Vectors are kept in the cache directory, as those of builds are.
"""

from pathlib import Path

import click

from indexer.commands.tools import cached_encoder

from ..report import markdown, save
from .collections import long_collections
from .costs import costs
from .ways import Measured, measure


@click.command()
@click.option("--data", type=click.Path(path_type=Path), default=Path("../shared/data"), show_default=True)
@click.option("--rows", default=20_000, show_default=True, help="Profiles to measure costs with; 0 for none.")
def main(data: Path, rows: int) -> None:
    """Measure and print."""
    judged, missing = long_collections(data)
    if missing:
        click.echo(f"{data}: {', '.join(missing)} not there, and left out")
    measured = []
    with cached_encoder(None, None) as (encoder, _):
        click.echo(f"{encoder.name} {encoder.fingerprint}")
        for each in judged:
            measured.append(measure(each, encoder))
            _show_quality(measured[-1])
    found = {each.judged.name: _as_json(each) for each in measured}
    measured_costs = costs(rows) if rows else {}
    if measured_costs:
        names = list(next(iter(measured_costs.values())))
        lines = [[way, *(f"{cost[name]:,.1f}" for name in names)] for way, cost in measured_costs.items()]
        click.echo("\n" + markdown(["", *names], lines))
    save("long_texts", {"model": encoder.fingerprint, "quality": found, "rows": rows, "costs": measured_costs})


def _show_quality(each: Measured) -> None:
    judged = each.judged
    title = (
        f"{judged.name}: {len(judged.rows)} texts of {each.tokens:.0f} tokens, {each.long:.0%} long, beginnings are "
        f"{each.read:.0%} of them; {len(judged.queries)} queries, {judged.metric}; whole texts cost {each.embedded:.2f} times "
        f"the embedding, {each.passages:.1f} passages each"
    )
    click.echo(f"\n{title}\n")
    click.echo(markdown(("", "embedded", "meaning", "p", "with words", "p"), each.rows()))


def _as_json(each: Measured) -> dict[str, object]:
    ways = {
        way: {"meaning": float(q.mean()), "with words": float(each.with_words[way].mean())}
        for way, q in each.alone.items()
    }
    about = {
        "tokens": each.tokens,
        "long": each.long,
        "read": each.read,
        "passages": each.passages,
        "embedded": each.embedded,
    }
    return {
        "metric": each.judged.metric,
        "texts": len(each.judged.rows),
        "queries": len(each.judged.queries),
        **about,
        "ways": ways,
    }


if __name__ == "__main__":
    main()
