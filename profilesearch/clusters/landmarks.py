"""Landmarks: a finer division within each cluster, by which a query tells which clusters it is near to."""

import numpy as np

from ..arrays import Integers
from ..vectors import Vectors

_IN_ALL = 1000
_LEAST, _MOST = 3, 100
_PROFILES_EACH = 3
_SAMPLE = 5000
"""Profiles of one cluster that its landmarks are fitted on, at the most."""

_RANDOM_STATE = 42


def place_landmarks(vectors: Vectors, assigned: Integers, centroids: Vectors) -> tuple[Vectors, Integers]:
    """Landmarks within each cluster by k-means, up to 100 in one and about a thousand in all.

    Args:
        vectors: ``(n, dim)`` float32 rows of length 1.
        assigned: ``(n,)`` the cluster of each.
        centroids: ``(c, dim)``; a cluster with too few profiles has its centroid for a landmark.

    Returns:
        ``(p, dim)`` float32 rows of length 1, and ``(p,)`` the cluster that owns each.
    """
    from sklearn.cluster import KMeans

    most = int(np.clip(_IN_ALL // len(centroids), _LEAST, _MOST))
    placed: list[Vectors] = []
    for cluster, centroid in enumerate(centroids):
        members = vectors[assigned == cluster][:_SAMPLE]
        amount = min(most, len(members) // _PROFILES_EACH, len(np.unique(members, axis=0)))
        fitted = KMeans(amount, random_state=_RANDOM_STATE, n_init=1).fit(members) if amount > 1 else None
        placed.append(centroid[None] if fitted is None else fitted.cluster_centers_)
    landmarks = np.vstack(placed).astype(np.float32)
    lengths = np.linalg.norm(landmarks, axis=1, keepdims=True)
    owners = np.repeat(np.arange(len(centroids)), [len(some) for some in placed])
    return np.asarray(landmarks / np.where(lengths == 0, 1, lengths), np.float32), owners.astype(np.int64)
