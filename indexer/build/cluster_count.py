"""``--clusters auto``: how many clusters a collection should have.

More clusters are searched more sharply, but each costs a comparison with its centroid. The number is chosen that needs
the fewest comparisons for one query at 95 % recall: centroids plus profiles in the clusters that ``cluster=auto`` would
search, measured on profiles that were held back. The bounds keep clusters of at least 20 profiles.
"""

import numpy as np

from profilesearch.clusters.calibration import Calibration, calibrate_vectors
from profilesearch.clusters.fit import fit_partition, hold_back
from profilesearch.vectors import Vectors

from ..report import Report

CANDIDATES = (5, 10, 15, 20, 30, 40, 60, 80, 120, 160, 240, 320)
TARGET = 0.95
_LEAST_PROFILES = 20
_SAMPLE = 50_000


def comparisons(calibration: Calibration, clusters: int, profiles: int) -> float:
    """Vectors that one query is compared with, on average, at the target recall."""
    return clusters + calibration.share_of(calibration.landmarks_for(TARGET)) * profiles


def choose_clusters(vectors: Vectors, report: Report) -> int:
    """The number of clusters with the fewest comparisons, and a table of what it was chosen from.

    Args:
        vectors: ``(n, dim)`` float32 rows of length 1; at most 50,000 of them are measured with.
        report: who is told the table.
    """
    step = max(1, len(vectors) // _SAMPLE)
    measured = vectors[::step]
    held_back = hold_back(len(measured), 300)
    rows = held_back if len(held_back) else np.arange(len(measured))
    costs: dict[int, float] = {}
    report.say("cluster_count.header")
    for amount in [size for size in CANDIDATES if size <= max(CANDIDATES[0], len(measured) // _LEAST_PROFILES)]:
        partition, assigned = fit_partition(measured, amount, held_back)
        calibration = calibrate_vectors(partition, measured, assigned, rows)
        costs[amount] = comparisons(calibration, amount, len(vectors))
        report.say(
            "cluster_count.row",
            clusters=amount,
            recall=float(calibration.probe_recalls[0]),
            searched=(costs[amount] - amount) / len(vectors),
            comparisons=costs[amount],
        )
    best = min(costs, key=lambda amount: costs[amount])
    report.say("cluster_count.best", clusters=best)
    return best
