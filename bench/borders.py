"""Who is found with and without clusters, near a border between two of them and far from any: ``python -m bench.borders``.

The articles' experiment on the sample: the job description of a product marketing manager, and that of an account executive who is
to sell to banks, by meaning alone.
"""

from collections import Counter
from collections.abc import Sequence

import click

from indexer.commands.tools import encoder
from indexer.sample.vocabulary import jobs
from profilesearch.search.pipeline import RANKING, SearchPipeline
from profilesearch.search.request import SearchRequest

from .built import built
from .fusion.collections import people
from .report import markdown

ROLES = ("product marketing manager", "account executive")
MODES = {"everybody": "off", "the predicted group": "predicted", "as many groups as needed": "auto"}
DEPTHS = (30, 100)
_MOST_ROLES = 4


@click.command()
def main() -> None:
    """Measure and print."""
    now = {person.id: person.career[0] for person in people()}
    texts = {job.role: job.text for job in jobs()}
    loaded = encoder(None, None)
    with built(person.values for person in people()) as store:
        pipeline = SearchPipeline(loaded, store)
        click.echo(f"{loaded.name} {loaded.fingerprint}")
        for role in ROLES:
            lines = []
            for name, mode in MODES.items():
                request = SearchRequest(texts[role], mode=mode, by="meaning")  # type: ignore[arg-type]
                ranking = pipeline.run(RANKING, request, depth=max(DEPTHS)).ranking
                found = [now[candidate.id] for candidate in ranking.candidates]
                groups = str(len(ranking.searched))
                lines.append([name, groups, *(told(found[:depth]) for depth in DEPTHS)])
            columns = [f"{role}'s job description", "groups", *(f"first {depth}" for depth in DEPTHS)]
            click.echo("\n" + markdown(columns, lines))


def told(roles: Sequence[str]) -> str:
    """How many have each of the most frequent roles, and how many have others."""
    counts = Counter(roles).most_common()
    named = [f"{count} {role}" for role, count in counts[:_MOST_ROLES]]
    rest = sum(count for _, count in counts[_MOST_ROLES:])
    return ", ".join([*named, f"{rest} of other roles"] if rest else named)


if __name__ == "__main__":
    main()
