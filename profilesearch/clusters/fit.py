"""k-means on unit vectors, where Euclidean distance orders like cosine."""

import numpy as np

from ..arrays import Integers
from ..vectors import Vectors
from .landmarks import place_landmarks
from .partition import Partition

RANDOM_STATE = 42
MINI_BATCH_ABOVE = 50_000
_COUNT_DISTINCT_BELOW = 1000


def fit_partition(vectors: Vectors, clusters: int, held_back: Integers | None = None) -> tuple[Partition, Integers]:
    """Divide profiles among clusters.

    Args:
        vectors: ``(n, dim)`` float32 rows of length 1.
        clusters: how many; fewer if there are fewer distinct vectors.
        held_back: rows that the clusters are not fitted on; they are assigned all the same.

    Returns:
        The partition, and each row's cluster ``(n,)``.
    """
    fitting = vectors if held_back is None else np.delete(vectors, held_back, axis=0)
    centroids = fit_centroids(fitting, clusters)
    assigned = Partition(centroids, centroids, np.arange(len(centroids))).predict(vectors)
    kept = assigned if held_back is None else np.delete(assigned, held_back)
    return Partition(centroids, *place_landmarks(fitting, kept, centroids)), assigned


def fit_centroids(vectors: Vectors, clusters: int) -> Vectors:
    """``(c, dim)`` float32 centroids of ``(n, dim)`` vectors: ``clusters`` of them, or as many as vectors differ."""
    from sklearn.cluster import KMeans, MiniBatchKMeans

    if len(vectors) < _COUNT_DISTINCT_BELOW:
        clusters = min(clusters, len(np.unique(vectors, axis=0)))
    clusters = max(1, clusters)
    if len(vectors) > MINI_BATCH_ABOVE:
        kmeans = MiniBatchKMeans(clusters, random_state=RANDOM_STATE, n_init=3, batch_size=4096)
    else:
        kmeans = KMeans(clusters, random_state=RANDOM_STATE, n_init=10)
    return np.asarray(kmeans.fit(vectors).cluster_centers_, np.float32)


def hold_back(rows: int, most: int = 500) -> Integers:
    """Rows to measure with rather than to fit on: a tenth, at most so many, none of fewer than 100."""
    if rows < 100:
        return np.zeros(0, np.int64)
    return np.sort(np.random.default_rng(RANDOM_STATE).choice(rows, min(most, rows // 10), replace=False))
