"""k-means on unit vectors, where Euclidean distance orders like cosine; PCA for the map."""

import numpy as np

from ..arrays import Integers
from ..vectors import Vectors
from .model import ClusterModel

RANDOM_STATE = 42
MINI_BATCH_ABOVE = 50_000
_LANDMARKS = 1000
_MOST_LANDMARKS = 100
_LANDMARK_SAMPLE = 5000


def fit(vectors: Vectors, clusters: int, held_back: Integers | None = None) -> tuple[ClusterModel, Integers]:
    """Cluster profiles.

    Args:
        vectors: ``(n, dim)`` float32 rows of length 1.
        clusters: how many; fewer if there are fewer distinct vectors.
        held_back: rows that the clusters are not fitted on; they are assigned all the same.

    Returns:
        The model, whose clusters have numbers for names, and each row's cluster ``(n,)``.
    """
    from sklearn.cluster import KMeans, MiniBatchKMeans

    fitting = vectors if held_back is None else np.delete(vectors, held_back, axis=0)
    clusters = max(1, min(clusters, len(np.unique(fitting, axis=0)) if len(fitting) < 1000 else clusters))
    if len(fitting) > MINI_BATCH_ABOVE:
        fitted = MiniBatchKMeans(clusters, random_state=RANDOM_STATE, n_init=3, batch_size=4096).fit(fitting)
    else:
        fitted = KMeans(clusters, random_state=RANDOM_STATE, n_init=10).fit(fitting)
    centroids = np.asarray(fitted.cluster_centers_, np.float32)
    mean, axes = _map_axes(fitting)
    none = np.zeros(0, np.int64)
    assigned = ClusterModel(centroids, (), none, mean, axes, centroids, none).predict(vectors)
    sizes = np.bincount(assigned, minlength=len(centroids)).astype(np.int64)
    labels = tuple(f"cluster {number}" for number in range(len(centroids)))
    kept = assigned if held_back is None else np.delete(assigned, held_back)
    return ClusterModel(centroids, labels, sizes, mean, axes, *_landmarks(fitting, kept, centroids)), assigned


def _landmarks(vectors: Vectors, assigned: Integers, centroids: Vectors) -> tuple[Vectors, Integers]:
    """Up to 100 landmarks in each cluster, about a thousand in all, by k-means within it; and whose they are."""
    from sklearn.cluster import KMeans

    most = int(np.clip(_LANDMARKS // len(centroids), 3, _MOST_LANDMARKS))
    found, owners = [], []
    for cluster, centroid in enumerate(centroids):
        members = vectors[assigned == cluster][:_LANDMARK_SAMPLE]
        amount = min(most, len(members) // 3, len(np.unique(members, axis=0)))
        if amount > 1:
            found.append(KMeans(amount, random_state=RANDOM_STATE, n_init=1).fit(members).cluster_centers_)
        else:
            found.append(centroid[None])
        owners += [cluster] * len(found[-1])
    landmarks = np.vstack(found).astype(np.float32)
    lengths = np.linalg.norm(landmarks, axis=1, keepdims=True)
    return np.asarray(landmarks / np.where(lengths == 0, 1, lengths), np.float32), np.asarray(owners, np.int64)


def hold_back(rows: int, most: int = 500) -> Integers:
    """Rows to measure with rather than to fit on: a tenth, at most so many, none of fewer than 100."""
    if rows < 100:
        return np.zeros(0, np.int64)
    return np.sort(np.random.default_rng(RANDOM_STATE).choice(rows, min(most, rows // 10), replace=False))


def _map_axes(vectors: Vectors) -> tuple[Vectors, Vectors]:
    """Middle and axes of the map: PCA with two components, fewer where the vectors allow no more."""
    from sklearn.decomposition import PCA

    if len(vectors) < 2:
        return np.asarray(vectors.mean(axis=0), np.float32), np.zeros((2, vectors.shape[1]), np.float32)
    components = min(2, *vectors.shape)
    pca = PCA(components, random_state=RANDOM_STATE).fit(vectors)
    axes = np.zeros((2, vectors.shape[1]), np.float32)
    axes[:components] = pca.components_
    return np.asarray(pca.mean_, np.float32), axes
