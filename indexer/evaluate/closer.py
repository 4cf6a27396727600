"""What a closer look is worth: rerankers and diversity, against the ranking that they begin with."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from statistics import fmean

from profilesearch.search.pipeline import SearchPipeline

from ..compare.economics import Prices
from .measures import Quality, measure
from .modes import Run, run_closer
from .tasks import Task, by_length
from .variety import Variety, variety_of

_THOUSAND, _MILLION = 1000, 1_000_000


@dataclass(frozen=True)
class Closer:
    """One way of looking closer.

    Attributes:
        run: how it ranked.
        quality: what it found; differences are tested against the ranking before.
        variety: of the first ten.
        calls: questions to a language model, for each search.
        dollars: for a thousand searches; None if it asks a language model without a price.
    """

    run: Run
    quality: Quality
    variety: Variety
    calls: float
    dollars: float | None


@dataclass(frozen=True)
class ClosersCompared:
    """Ways of looking closer over the same queries; the first is the ranking that the others begin with."""

    name: str
    ways: Sequence[Closer]


def compare_closer(
    pipeline: SearchPipeline, task: Task, diversities: Iterable[float], prices: Prices
) -> list[ClosersCompared]:
    """Each of the pipeline's rerankers, and some diversities: for short queries and for long ones, where there are both.

    Returns:
        Nothing if there is neither a reranker nor a diversity.

    Raises:
        StoreError: nothing is live, or the model is another one.
    """
    diversities = list(diversities)
    if not pipeline.tools.rerankers and not diversities:
        return []
    compared = []
    for part in by_length(task):
        runs = run_closer(pipeline, part, diversities)
        before = measure(part, runs[0].rankings, {})
        ways = [_closer(pipeline, part, run, None if run is runs[0] else before, prices) for run in runs]
        compared.append(ClosersCompared(part.name, ways))
    return compared


def _closer(pipeline: SearchPipeline, task: Task, run: Run, before: Quality | None, prices: Prices) -> Closer:
    variety = variety_of(pipeline.tools.store, pipeline.snapshot().version, run.rankings)
    quality = measure(task, run.rankings, {}, before)
    return Closer(run, quality, variety, run.spent.calls / len(task.queries), dollars(run, prices))


def dollars(run: Run, prices: Prices) -> float | None:
    """What a thousand searches cost: the machine while they take, and a language model's tokens at its price.

    Returns:
        None if a language model was asked of which there is no price.
    """
    seconds = fmean(chain.from_iterable(run.milliseconds.values())) / 1000
    bill = _THOUSAND * seconds / 3600 * prices.machine
    if not run.spent.calls:
        return bill
    price = prices.language_models.get(run.name.rpartition(":")[2])
    if price is None:
        return None
    tokens = run.spent.prompt_tokens * price[0] + run.spent.answer_tokens * price[1]
    return bill + _THOUSAND * tokens / len(run.rankings) / _MILLION
