"""What came of an experiment: searches, judgements and times of each side, with intervals and tests.

Texts are the unit, not judgements: those of one text depend on each other. A/B compares different texts (unpaired tests); a shadow
compares both answers to the same ones (paired). Whoever only a shadow finds was never shown, so nobody could judge them: it is
judged too low rather than too high.
"""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from profilesearch.experiment import COMPARED, Answer, Entry, Experiment, Side
from profilesearch.labels import Label, LabelOrigin

from .evaluate.measures import Estimate, estimate

SIGNIFICANT = 0.05

Judged = Mapping[str, Mapping[str, bool]]
"""By digest of a text, by id of a profile: whether it fits."""


@dataclass(frozen=True)
class SideFigures:
    """One side.

    Attributes:
        model, versions: whose answers.
        searches: how many it answered, seen or unseen.
        texts: different ones among those that are in the log.
        labels: judgements of its results: thumbs and stars.
        fits: share of those judged who fit, averaged over texts; None where nothing was judged.
        found: texts for which somebody was judged to fit.
        success: these as a share of its texts, with the Wilson interval.
        milliseconds: median of ranking; None where nothing was asked.
    """

    model: str
    versions: tuple[str, ...]
    searches: int
    texts: int
    labels: int
    fits: Estimate | None
    found: int
    success: Estimate | None
    milliseconds: float | None


@dataclass(frozen=True)
class ShadowFigures:
    """Both answers to the same texts.

    Attributes:
        pairs: how many.
        overlap: mean share of a's first ten that b has among its own.
        judged: texts with somebody who was judged to fit.
        fitting: for each side, the share of those who fit that are among its first ten; b's has the paired test's p-value.
        milliseconds: medians of ranking.
    """

    pairs: int
    overlap: float
    judged: int
    fitting: tuple[Estimate, Estimate] | None
    milliseconds: tuple[float, float]


@dataclass(frozen=True)
class ExperimentReport:
    """What came of an experiment.

    Attributes:
        experiment: which.
        sides: a and b.
        missed: searches that b should have answered and could not.
        p_fits: of the difference of ``fits``, a permutation test over texts; None where a side has none.
        p_success: of the difference of ``success``, Fisher's exact test.
        shadow: what the pairs say; None where there are none.
    """

    experiment: Experiment
    sides: tuple[SideFigures, SideFigures]
    missed: int
    p_fits: float | None
    p_success: float | None
    shadow: ShadowFigures | None

    @property
    def worse(self) -> list[str]:
        """What b is significantly worse in."""
        a, b = self.sides
        compared = [("fits", a.fits, b.fits, self.p_fits), ("success", a.success, b.success, self.p_success)]
        if self.shadow is not None and self.shadow.fitting is not None:
            compared.append(("shadow", *self.shadow.fitting, self.shadow.fitting[1].p_value))
        return [
            name
            for name, before, after, p_value in compared
            if before is not None and after is not None and p_value is not None
            if after.mean < before.mean and p_value < SIGNIFICANT
        ]


def report_of(experiment: Experiment, entries: Iterable[Entry], labels: Iterable[Label]) -> ExperimentReport:
    """The figures.

    Args:
        experiment: which.
        entries: its log.
        labels: of whoever judges; those given before it, in files, or by other models count for nothing.
    """
    entries = list(entries)
    judged = judged_by_side(experiment, labels)
    by_a = [(entry.digest, entry.a) for entry in entries if entry.a is not None]
    by_b = [(entry.digest, entry.b) for entry in entries if entry.b is not None]
    sides = _figures(experiment, "a", by_a, judged["a"]), _figures(experiment, "b", by_b, judged["b"])
    shown = experiment.kind == "share"
    return ExperimentReport(
        experiment,
        sides,
        experiment.searches[2],
        _p_fits(judged["a"], judged["b"]) if shown else None,
        _p_success(*sides) if shown else None,
        _shadow([(entry.digest, entry.a, entry.b) for entry in entries if entry.a and entry.b], judged["a"]),
    )


def judged_by_side(experiment: Experiment, labels: Iterable[Label]) -> dict[Side, dict[str, dict[str, bool]]]:
    """What people said of each side's results: those that the side showed for the text, since the experiment began."""
    judged: dict[Side, dict[str, dict[str, bool]]] = {"a": {}, "b": {}}
    for label in labels:
        side = experiment.side_of(label.version)
        shown = label.origin in (LabelOrigin.PAGE, LabelOrigin.API) and label.profile_id
        if not shown or side is None or side != experiment.shown(label.query):
            continue
        if label.labelled_at is not None and label.labelled_at.timestamp() >= experiment.started_at:
            judged[side].setdefault(experiment.digest(label.query), {})[label.profile_id] = label.relevant
    return judged


def _figures(experiment: Experiment, side: Side, answers: Sequence[tuple[str, Answer]], judged: Judged) -> SideFigures:
    arm = experiment.a if side == "a" else experiment.b
    shown_by_a, asked_of_b, _ = experiment.searches
    unseen = asked_of_b if experiment.kind == "shadow" else 0
    texts = {digest for digest, _ in answers}
    found = sum(any(said.values()) for digest, said in judged.items() if digest in texts)
    return SideFigures(
        arm.model,
        arm.versions,
        shown_by_a + unseen if side == "a" else asked_of_b,
        len(texts),
        sum(map(len, judged.values())),
        estimate(_shares(judged)) if judged else None,
        found,
        _wilson(found, len(texts)) if texts else None,
        statistics.median(answer.milliseconds for _, answer in answers) if answers else None,
    )


def _shares(judged: Judged) -> list[float]:
    """Of each text, the share of those judged who fit."""
    return [statistics.fmean(said.values()) for said in judged.values()]


def _wilson(found: int, texts: int) -> Estimate:
    interval = stats.binomtest(found, texts).proportion_ci(method="wilson")
    return Estimate(found / texts, float(interval.low), float(interval.high))


def _p_fits(a: Judged, b: Judged) -> float | None:
    if min(len(a), len(b)) < 2:
        return None
    shares = _shares(a), _shares(b)
    if np.ptp([*shares[0], *shares[1]]) == 0:
        return 1.0
    test = stats.permutation_test(
        shares,
        lambda x, y, axis: np.mean(x, axis=axis) - np.mean(y, axis=axis),
        permutation_type="independent",
        vectorized=True,
        n_resamples=4999,
        random_state=0,
    )
    return float(test.pvalue)


def _p_success(a: SideFigures, b: SideFigures) -> float | None:
    if not (a.texts and b.texts):
        return None
    return float(stats.fisher_exact([[side.found, side.texts - side.found] for side in (a, b)]).pvalue)


def _shadow(pairs: Sequence[tuple[str, Answer, Answer]], judged: Judged) -> ShadowFigures | None:
    if not pairs:
        return None
    overlaps = [len({*a.ids[:COMPARED]} & {*b.ids[:COMPARED]}) / max(1, len(a.ids[:COMPARED])) for _, a, b in pairs]
    latest = {digest: (a, b) for digest, a, b in pairs}  # one text that is asked often counts once
    fitting: tuple[list[float], list[float]] = [], []
    for digest, answers in latest.items():
        if fits := {id_ for id_, fit in judged.get(digest, {}).items() if fit}:
            for found, answer in zip(fitting, answers, strict=True):
                found.append(len(fits & {*answer.ids[:COMPARED]}) / len(fits))
    return ShadowFigures(
        len(pairs),
        statistics.fmean(overlaps),
        len(fitting[0]),
        (estimate(fitting[0]), estimate(fitting[1], fitting[0])) if fitting[0] else None,
        (statistics.median(a.milliseconds for _, a, _ in pairs), statistics.median(b.milliseconds for *_, b in pairs)),
    )
