"""``promote``: gates before a model becomes the default, and experiments where people decide."""

from typing import TYPE_CHECKING, Any

import click

from .options import IN, json_log_option, json_option

if TYPE_CHECKING:
    from ..experiment_report import ExperimentReport
    from ..promotion import Demands, Trial

_METRICS = ("nDCG@10", "MAP", "MRR", "P@10", "R@30")
_USUAL_SHARE = 0.1
_OWNERS = click.option(
    "--owner", "owners", multiple=True, default=("local",), help="Whose labels count; may be repeated."
)


class Share(click.ParamType[float]):
    """A share, as 10% or 0.1."""

    name = "share"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        text = str(value).strip()
        try:
            share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
        except ValueError:
            share = -1.0
        if not 0 < share <= 1:
            self.fail(f"expected a share above 0 such as 10%, got {value!r}", param, ctx)
        return share


class _Promote(click.Group):
    """``promote MODEL`` is ``promote model MODEL``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] != "--help" and args[0] not in self.commands:
            args = ["model", *args]
        return super().parse_args(ctx, args)


@click.group("promote", cls=_Promote)
def promote_command() -> None:
    """Make a model the default where gates let it, or try it on a share of the searches first.

    promote MODEL is short for promote model MODEL.

    \b
    Example:
      python -m indexer promote tuned --queries test-queries.jsonl --qrels test.tsv
      python -m indexer promote tuned --share 10%
      python -m indexer promote finish --take
    """


@promote_command.command("model")
@click.argument("model")
@click.option("--queries", type=IN, help="Held-out queries: JSON Lines with id and text.")
@click.option("--qrels", type=IN, help="Who fits which of them, as TREC qrels.")
@click.option(
    "--share", type=Share(), help="Try it: it answers this share of the texts, such as 10%, chosen by digest."
)
@click.option(
    "--shadow", is_flag=True, help="Try it unseen: it is asked --share (10%) of the texts, nobody sees the answers."
)
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
def model_command(model: str, as_json: bool, dry_run: bool, share: float | None, shadow: bool, **asked: Any) -> None:
    """Make MODEL the default if it is significantly better on judged queries, and fails at nothing else; or try it on people.

    MODEL has a live version beside that of the default: build --model MODEL makes one. A model that is refused stays beside
    it, and the table says which gate refused it; exit status 4. models default goes back to the model before at once.

    With --share or --shadow an experiment begins instead, and the default stays. Judged queries need not be given; where they
    are, every gate but that of being better must let it be tried. promote status, promote report and promote finish go on.

    \b
    Example:
      python -m indexer build people.jsonl --model tuned
      python -m indexer promote tuned --queries test-queries.jsonl --qrels test.tsv
      python -m indexer models default all-MiniLM-L6-v2
    """
    from profilesearch.errors import StoreError

    from ..experiment import Wanted, start
    from ..models import make_default
    from ..promotion import Contender, judge, require, table
    from ..report import Report
    from .tools import check_answers, encoder, locked_job, open_store

    check_answers(model)
    wanted = Wanted("shadow" if shadow else "share", share or _USUAL_SHARE) if shadow or share else None
    judged = asked["queries"] is not None and asked["qrels"] is not None
    if (asked["queries"] is None) != (asked["qrels"] is None) or not (judged or wanted):
        raise click.UsageError("--queries and --qrels are needed, both, or --share or --shadow to try the model first")
    report = Report(as_json=as_json)
    store = open_store()
    records = store.versions.live(), store.versions.live(model)
    if judged:
        before, after = (Contender(record, encoder(record.model, None)) for record in records)
        gates = judge(store, before, after, _trial(asked), _demands(asked))
        require([gate for gate in gates if gate.name != "better"] if wanted else gates, model)
        report.say("promotion.passed_for_some" if wanted else "promotion.passed", table=table(gates))
    if dry_run:
        return
    with locked_job("promote", report) as job:
        live = job.store.versions.live(), job.store.versions.live(model)
        if [record.identity for record in live] != [record.identity for record in records]:
            raise StoreError(
                "another version went live while the gates were asked: nothing was switched; promote again"
            )
        if wanted:
            start(job.store, live, wanted, report)
        else:
            make_default(job.store, model, report)


def _demands(asked: dict[str, Any]) -> "Demands":
    from ..promotion import Demands

    names = ("metric", "margin", "min_canary_overlap", "max_slower", "max_larger")
    return Demands(*(asked[name] for name in names))


def _trial(asked: dict[str, Any]) -> "Trial":
    from ..canaries import load_canaries
    from ..evaluate.tasks import load_task
    from ..promotion import Trial
    from ..train.quality import JudgedSet
    from .tools import open_store

    task = load_task(asked["queries"], asked["qrels"])
    outside = [JudgedSet.load(files, inside=False) for files in asked["outside"]]
    return Trial(task, outside, load_canaries(asked["canaries"], open_store()))


# ---------------------------------------------------------------- experiments
@promote_command.command("status")
@json_option
def status_command(as_json: bool) -> None:
    """Show which experiment runs, or has ended by itself, and how many searches each side has answered.

    It ends by itself when another version takes the place of one of its sides: by rollback, models default or models remove, or a
    build with other weights. A rebuild with the same weights goes on with it.

    \b
    Example:
      python -m indexer promote status
    """
    from ..experiment_text import as_json as as_text
    from ..experiment_text import counts, status_line

    found = _report(("local",))
    click.echo(as_text(found) if as_json else f"{status_line(found)}\n{counts(found)}")


@promote_command.command("report")
@_OWNERS
@json_option
def report_command(owners: tuple[str, ...], as_json: bool) -> None:
    """Show what came of the experiment: searches, judgements and times of each side, with 95 % intervals and tests.

    Thumbs and stars count as judgements of the version whose answer they were given on. A shadow's answers are compared with those
    that were shown: overlap@10, times, and how many of those who were judged to fit each has among its first ten.

    \b
    Example:
      python -m indexer promote report
    """
    from ..experiment_text import as_json as as_text
    from ..experiment_text import table

    found = _report(owners)
    click.echo(as_text(found) if as_json else table(found))


@promote_command.command("finish")
@click.option("--take/--drop", "take", default=None, help="Make B the default, or leave the default as it is.")
@_OWNERS
@json_log_option
def finish_command(take: bool | None, owners: tuple[str, ...], as_json: bool) -> None:
    """End the experiment, show what came of it, and remove its log.

    --take is refused with exit status 4 where B is significantly worse; models default goes back at once.

    \b
    Example:
      python -m indexer promote finish --take
    """
    from ..experiment import finish
    from ..experiment_text import table
    from ..report import Report
    from .tools import locked_job

    if take is None:
        raise click.UsageError("expected --take or --drop")
    report = Report(as_json=as_json)
    with locked_job("promote", report) as job:
        found = _report(owners)
        if not as_json:
            click.echo(table(found))
        finish(job.store, found.experiment, take=take, found=found, report=report)


def _report(owners: tuple[str, ...]) -> "ExperimentReport":
    from ..experiment import present
    from ..experiment_report import report_of
    from .tools import open_store

    store = open_store()
    labels = (label for owner in owners for label in store.kept.labels_and_stars(owner))
    return report_of(present(store), store.experiments.entries(), labels)
