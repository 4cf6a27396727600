"""The map's two dimensions: the plane in which vectors differ most (principal component analysis)."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..vectors import Vectors

_RANDOM_STATE = 42


@dataclass(frozen=True)
class Plane:
    """The plane onto which vectors are projected.

    Attributes:
        mean: ``(dim,)`` float32, the middle of the map.
        axes: ``(2, dim)`` float32, the map's two axes.
    """

    mean: Vectors
    axes: Vectors

    def project(self, vectors: Vectors) -> npt.NDArray[np.float32]:
        """``(n, 2)`` places on the map of ``(n, dim)`` vectors, queries included."""
        return np.asarray((vectors - self.mean) @ self.axes.T, np.float32)


def fit_plane(vectors: Vectors) -> Plane:
    """The plane in which ``(n, dim)`` vectors differ most; a line or a point where they are too few for a plane."""
    from sklearn.decomposition import PCA

    axes = np.zeros((2, vectors.shape[1]), np.float32)
    if len(vectors) < 2:
        return Plane(np.asarray(vectors.mean(axis=0), np.float32), axes)
    components = min(2, *vectors.shape)
    pca = PCA(components, random_state=_RANDOM_STATE).fit(vectors)
    axes[:components] = pca.components_
    return Plane(np.asarray(pca.mean_, np.float32), axes)
