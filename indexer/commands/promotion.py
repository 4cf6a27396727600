"""``promote``."""

from typing import TYPE_CHECKING, Any

import click

from .options import IN, json_log_option

if TYPE_CHECKING:
    from ..promotion import Trial

_METRICS = ("nDCG@10", "MAP", "MRR", "P@10", "R@30")


@click.command("promote")
@click.argument("model")
@click.option("--queries", type=IN, required=True, help="Held-out queries: JSON Lines with id and text.")
@click.option("--qrels", type=IN, required=True, help="Who fits which of them, as TREC qrels.")
@click.option(
    "--outside", nargs=3, multiple=True, type=IN, metavar="CORPUS QUERIES QRELS", help="A judged set of another field."
)
@click.option("--metric", type=click.Choice(_METRICS), default="nDCG@10", help="What must be better, or not worse.")
@click.option("--margin", type=click.FloatRange(0, 1), default=0.02, help="How much worse it may be outside its field.")
@click.option("--canaries", type=IN, help="Queries (JSON Lines with text) to compare. Default: the latest 20.")
@click.option("--min-canary-overlap", type=click.FloatRange(0, 1), help="Overlap@10 that they need. Default: none.")
@click.option(
    "--max-slower", type=click.FloatRange(0, min_open=True), default=1.5, help="Times as long a search may take."
)
@click.option(
    "--max-larger", type=click.FloatRange(0, min_open=True), default=1.5, help="Times as large vectors may be."
)
@click.option("--dry-run", is_flag=True, help="Only say what each gate says.")
@json_log_option
def promote_command(model: str, as_json: bool, dry_run: bool, **asked: Any) -> None:
    """Make MODEL the default if it is significantly better on judged queries, and fails at nothing else.

    MODEL has a live version beside that of the default: build --model MODEL makes one. A model that is refused stays beside
    it, and the table says which gate refused it; exit status 4. models default goes back to the model before at once.

    \b
    Example:
      python -m indexer build people.jsonl --model tuned
      python -m indexer promote tuned --queries test-queries.jsonl --qrels test.tsv
      python -m indexer models default all-MiniLM-L6-v2
    """
    from profilesearch.errors import StoreError

    from ..models import make_default
    from ..promotion import Contender, Demands, judge, require, table
    from ..report import Report
    from .tools import encoder, locked_job, open_store

    report = Report(as_json=as_json)
    store = open_store()
    records = store.versions.live(), store.versions.live(model)
    contenders = [Contender(record, encoder(record.model, None)) for record in records]
    demands = Demands(
        asked["metric"], asked["margin"], asked["min_canary_overlap"], asked["max_slower"], asked["max_larger"]
    )
    gates = judge(store, contenders[0], contenders[1], _trial(asked), demands)
    require(gates, model)
    report.say("promotion.passed", table=table(gates))
    if not dry_run:
        with locked_job("promote", report) as job:
            live = job.store.versions.live(), job.store.versions.live(model)
            if [record.identity for record in live] != [record.identity for record in records]:
                raise StoreError(
                    "another version went live while the gates were asked: nothing was switched; promote again"
                )
            make_default(job.store, model, report)


def _trial(asked: dict[str, Any]) -> "Trial":
    from ..canaries import load_canaries
    from ..evaluate.tasks import load_task
    from ..promotion import Trial
    from ..train.quality import JudgedSet
    from .tools import open_store

    task = load_task(asked["queries"], asked["qrels"])
    outside = [JudgedSet.load(files, inside=False) for files in asked["outside"]]
    return Trial(task, outside, load_canaries(asked["canaries"], open_store()))
