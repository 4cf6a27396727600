"""An evaluation as a picture."""

from pathlib import Path

from .evaluation import Evaluation


def plot(evaluation: Evaluation, path: Path) -> None:
    """Two pictures in one: recall against latency, and P@30 against probes."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    clusters = evaluation.clusters.ways
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(10, 4), layout="constrained")
    for way in (*clusters, *evaluation.indexes.ways):
        marker = "o" if way in clusters else "s"
        left.scatter(way.run.p50, way.overlap_10, marker=marker)
        left.annotate(
            way.run.name, (way.run.p50, way.overlap_10), fontsize=8, xytext=(4, 4), textcoords="offset points"
        )
    left.set(xlabel="p50, ms", ylabel="recall@10 against exact search", ylim=(None, 1.03))
    for way in clusters:
        estimate = way.quality.metrics["P@30"]
        bars = [[estimate.mean - estimate.low], [estimate.high - estimate.mean]]
        right.errorbar(way.run.clusters, estimate.mean, yerr=bars, fmt="o", capsize=3)
        right.annotate(
            way.run.name, (way.run.clusters, estimate.mean), fontsize=8, xytext=(4, 4), textcoords="offset points"
        )
    right.set(xlabel="probes: clusters searched, on average", ylabel="P@30, 95 % interval", xlim=(0, None))
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
