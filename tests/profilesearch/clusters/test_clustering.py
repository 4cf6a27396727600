"""Clusters and the map."""

import contextlib
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from profilesearch.arrays import array_from_bytes, array_to_bytes
from profilesearch.clusters.fit import fit_partition
from profilesearch.clusters.model import ClusterModel
from profilesearch.clusters.plane import fit_plane
from profilesearch.vectors import unit_rows


@pytest.fixture(scope="module")
def groups() -> tuple[np.ndarray, np.ndarray]:
    """90 vectors around three directions, and which one each belongs to."""
    rng = np.random.default_rng(0)
    truth = np.repeat(np.arange(3), 30)
    vectors = unit_rows(np.eye(8)[truth] + 0.1 * rng.normal(size=(90, 8)))
    return vectors, truth


def model_of(vectors: np.ndarray) -> ClusterModel:
    partition, assigned = fit_partition(vectors, 3)
    return ClusterModel(partition, ("a", "b", "c"), tuple(np.bincount(assigned).tolist()), fit_plane(vectors))


def test_groups_are_found_and_counted(groups: tuple[np.ndarray, np.ndarray]) -> None:
    vectors, truth = groups
    model, assigned = fit_partition(vectors, 3)
    for group in range(3):
        assert len(set(assigned[truth == group])) == 1
    assert sorted(np.bincount(assigned)) == [30, 30, 30]


def test_fitting_again_gives_the_same(groups: tuple[np.ndarray, np.ndarray]) -> None:
    vectors, _ = groups
    (one, _), (two, _) = fit_partition(vectors, 3), fit_partition(vectors, 3)
    assert np.array_equal(one.centroids, two.centroids) and np.array_equal(one.landmarks, two.landmarks)


def test_predict_is_the_nearest_centroid(groups: tuple[np.ndarray, np.ndarray]) -> None:
    vectors, _ = groups
    model, assigned = fit_partition(vectors, 3)
    naive = np.array([[np.linalg.norm(vector - centre) for centre in model.centroids] for vector in vectors])
    assert np.allclose(model.distances(vectors), naive, atol=1e-5)
    assert np.array_equal(model.predict(vectors), naive.argmin(axis=1))
    assert np.array_equal(assigned, naive.argmin(axis=1))
    nearest = model.nearest(vectors[0])
    assert [cluster for cluster, _ in nearest] == list(naive[0].argsort())
    assert [distance for _, distance in nearest] == sorted(distance for _, distance in nearest)


def test_the_map_places_queries_as_it_places_profiles(groups: tuple[np.ndarray, np.ndarray]) -> None:
    vectors, truth = groups
    model = fit_plane(vectors)
    places = model.project(vectors)
    assert places.shape == (90, 2)
    assert np.allclose(model.project(vectors[7:8])[0], places[7], atol=1e-6)
    centres = np.array([places[truth == group].mean(axis=0) for group in range(3)])
    spread = max(np.linalg.norm(places[truth == group] - centres[group], axis=1).max() for group in range(3))
    assert min(np.linalg.norm(centres[a] - centres[b]) for a, b in ((0, 1), (0, 2), (1, 2))) > spread


def test_to_redis_and_back(groups: tuple[np.ndarray, np.ndarray]) -> None:
    model = model_of(groups[0])
    again = ClusterModel.from_hash(model.to_hash())
    assert again.labels == model.labels and again.sizes == model.sizes
    for name in ("centroids", "landmarks", "owners"):
        assert np.array_equal(getattr(again.partition, name), getattr(model.partition, name))
    assert np.array_equal(again.plane.mean, model.plane.mean) and np.array_equal(again.plane.axes, model.plane.axes)


def test_pickles_are_refused() -> None:
    import io

    model_bytes = io.BytesIO()
    np.save(model_bytes, np.array([object()], dtype=object), allow_pickle=True)
    fields = {
        name: model_bytes.getvalue()
        for name in (b"centroids", b"sizes", b"mean", b"axes", b"labels", b"landmarks", b"owners")
    }
    with pytest.raises(ValueError, match="allow_pickle"):
        ClusterModel.from_hash(fields)
    with pytest.raises(ValueError, match="lacks"):
        ClusterModel.from_hash({})


@given(st.binary(max_size=300), st.integers(0, 200))
@settings(deadline=None)
@example(b"", 0)
@example(b"PK\x03\x04", 0)
@example(array_to_bytes(np.ones(3))[:-1], 0)
@example(array_to_bytes(np.ones(3)).replace(b"(3,)", b"(99999999999999,)"), 0)
def test_any_bytes_are_an_array_or_a_value_error(data: bytes, cut: int) -> None:
    for bytes_ in (data, array_to_bytes(np.arange(4.0))[:cut] + data):
        with contextlib.suppress(ValueError):
            array_from_bytes(bytes_)


@pytest.mark.parametrize("name", ["centroids", "labels", "sizes", "mean", "axes", "landmarks", "owners"])
@pytest.mark.parametrize("array", [np.ones(5), np.ones((7, 7)), np.array(["x"]), np.array(1.0), np.array([])])
def test_an_array_of_another_shape_is_refused(
    groups: tuple[np.ndarray, np.ndarray], name: str, array: np.ndarray
) -> None:
    model = model_of(groups[0])
    with pytest.raises(ValueError, match="cluster model"):
        ClusterModel.from_hash(model.to_hash() | {name.encode(): array_to_bytes(array)})


@pytest.mark.parametrize("amount", [1, 2, 3])
def test_fewer_profiles_than_clusters(amount: int) -> None:
    vectors = unit_rows(np.eye(4)[:amount] + 0.01)
    model, assigned = fit_partition(vectors, 10)
    assert len(model) == amount and len(set(assigned)) == amount
    assert fit_plane(vectors).project(vectors).shape == (amount, 2)


def test_above_fifty_thousand_rows_small_batches_are_used(
    monkeypatch: pytest.MonkeyPatch, groups: tuple[np.ndarray, np.ndarray]
) -> None:
    import sklearn.cluster

    used: list[int] = []
    original = sklearn.cluster.MiniBatchKMeans

    def remembered(*args: Any, **options: Any) -> Any:
        used.append(1)
        return original(*args, **options)

    monkeypatch.setattr("profilesearch.clusters.fit.MINI_BATCH_ABOVE", 80)
    monkeypatch.setattr(sklearn.cluster, "MiniBatchKMeans", remembered)
    _, assigned = fit_partition(groups[0], 3)
    assert used and sorted(np.bincount(assigned)) == [30, 30, 30]


def test_landmarks_lie_in_their_clusters(groups: tuple[np.ndarray, np.ndarray]) -> None:
    vectors, _ = groups
    model, assigned = fit_partition(vectors, 3)
    assert np.allclose(np.linalg.norm(model.landmarks, axis=1), 1, atol=1e-5)
    assert (model.predict(model.landmarks) == model.owners).all() and set(model.owners) == {0, 1, 2}
    assert (model.near(vectors)[:, 0] == assigned).all()
