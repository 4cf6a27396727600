"""What clusters cost, measured."""

from dataclasses import replace

import numpy as np
import pytest

from profilesearch.clusters.calibration import NEIGHBOURS, Calibration, calibrate_vectors
from profilesearch.clusters.fit import fit_partition, hold_back
from profilesearch.clusters.neighbours import exact_neighbours
from profilesearch.clusters.partition import Partition
from profilesearch.clusters.trained_router import FEATURES, TARGETS, TrainedRouter
from profilesearch.clusters.trial import PseudoQueries
from profilesearch.vectors import unit_rows


@pytest.fixture(scope="module")
def measured() -> tuple[np.ndarray, np.ndarray, Calibration, Partition, np.ndarray]:
    rng = np.random.default_rng(3)
    vectors = unit_rows(np.eye(16)[rng.integers(0, 12, 900)] + 0.28 * rng.normal(size=(900, 16)))
    held = hold_back(len(vectors))
    model, assigned = fit_partition(vectors, 12, held)
    headlines = unit_rows(vectors[held] + 0.1 * rng.normal(size=(len(held), 16)))
    return (
        vectors,
        held,
        calibrate_vectors(model, vectors, assigned, held, [PseudoQueries(headlines, held)] * 2),
        model,
        assigned,
    )


def test_recall_is_what_a_slow_count_finds(
    measured: tuple[np.ndarray, np.ndarray, Calibration, Partition, np.ndarray],
) -> None:
    """Asked for by their own vectors it is the same; of several ways to ask, the worst one counts."""
    vectors, held, calibration, model, assigned = measured
    own = calibrate_vectors(model, vectors, assigned, held)
    found = []
    for row in held:
        similar = vectors @ vectors[row]
        similar[row] = -2
        exact = np.argsort(-similar)[:10]
        nearest = [cluster for cluster, _ in model.nearest(vectors[row])]
        found.append([np.isin(assigned[exact], nearest[:probes]).mean() for probes in range(1, 13)])
    assert own.probe_recalls == pytest.approx(np.mean(found, axis=0))
    assert (calibration.probe_recalls <= own.probe_recalls).all() and calibration.probe_recalls[0] < own.probe_recalls[
        0
    ]


def test_curves_rise_to_everything(measured: tuple[np.ndarray, np.ndarray, Calibration, Partition, np.ndarray]) -> None:
    calibration = measured[2]
    for curve in (calibration.recalls, calibration.shares, calibration.probe_recalls, calibration.probe_shares):
        assert (np.diff(curve) >= -1e-12).all() and 0 < curve[0] <= curve[-1] <= 1 + 1e-9
    assert calibration.probe_recalls[-1] == 1 and calibration.probe_shares[-1] == pytest.approx(1)
    assert len(measured[1]) < calibration.queries <= 3 * len(measured[1])


def test_the_landmarks_reach_their_target_and_no_fewer_do(
    measured: tuple[np.ndarray, np.ndarray, Calibration, Partition, np.ndarray],
) -> None:
    calibration = measured[2]
    for target in (0.5, 0.9, 0.95, 0.99):
        landmarks = calibration.landmarks_for(target)
        assert calibration.recall_of(landmarks) >= target
        if landmarks is not None and landmarks > 1:
            assert calibration.recall_of(landmarks - 1) < target
    assert calibration.landmarks_for(1) is None
    assert calibration.recall_of(None) == calibration.share_of(None) == 1


def test_recall_by_landmarks_is_what_a_slow_count_finds(
    measured: tuple[np.ndarray, np.ndarray, Calibration, Partition, np.ndarray],
) -> None:
    """The mean less one standard error, and never less than with fewer landmarks."""
    vectors, held, calibration, model, assigned = measured
    own = calibrate_vectors(model, vectors, assigned, held)
    slow = []
    for landmarks in range(1, 21):
        found = []
        for row in held:
            similar = vectors @ vectors[row]
            similar[row] = -2
            nearest = np.argsort(-(model.landmarks @ vectors[row]))[:landmarks]
            found.append(np.isin(assigned[np.argsort(-similar)[:10]], model.owners[nearest]).mean())
        slow.append(np.mean(found) - np.std(found) / np.sqrt(len(found)))
        assert own.recall_of(landmarks) == pytest.approx(max(slow))
        assert calibration.recall_of(landmarks) <= own.recall_of(landmarks)


def test_held_back_rows_are_not_fitted_on() -> None:
    assert len(hold_back(99)) == 0 and len(hold_back(1000)) == 100 and len(hold_back(10**6)) == 500
    assert (hold_back(1000) == hold_back(1000)).all()
    vectors = unit_rows(np.vstack([np.eye(4)[[0, 1] * 30], -np.eye(4)[[3]]]) + 0.001)
    model, assigned = fit_partition(vectors, 2, np.array([60]))
    assert len(assigned) == 61
    assert np.abs(model.centroids[:, 3]).max() < 0.1


def test_to_redis_and_back(measured: tuple[np.ndarray, np.ndarray, Calibration, Partition, np.ndarray]) -> None:
    calibration = measured[2]
    again = Calibration.from_hash(calibration.to_hash())
    assert again.floor == calibration.floor and again.queries == calibration.queries
    assert np.array_equal(again.recalls, calibration.recalls)
    with pytest.raises(ValueError, match="lacks"):
        Calibration.from_hash({})


def test_queries_that_tell_nothing_do_not_count(
    measured: tuple[np.ndarray, np.ndarray, Calibration, Partition, np.ndarray],
) -> None:
    """A heading that hundreds share, or a text about nothing, must not make a clustering look bad."""
    vectors, held, _, model, assigned = measured
    rng = np.random.default_rng(5)
    near = PseudoQueries(unit_rows(vectors[held] + 0.1 * rng.normal(size=(len(held), 16))), held)
    without = calibrate_vectors(model, vectors, assigned, held, [near])
    heading = unit_rows(np.eye(16)[[14]] + 0.01)
    useless = [
        PseudoQueries(np.repeat(heading, len(held), axis=0).astype(np.float32), held),
        PseudoQueries(unit_rows(rng.normal(size=(len(held), 16)) * np.r_[np.zeros(12), np.ones(4)]), held),
    ]
    for way in useless:
        calibration = calibrate_vectors(model, vectors, assigned, held, [near, way])
        assert calibration.probe_recalls[0] >= without.probe_recalls[0] - 0.1
        landmarks = calibration.landmarks_for(0.95)
        assert calibration.share_of(landmarks) <= without.share_of(without.landmarks_for(0.95)) + 0.15


def test_equal_queries_count_once(measured: tuple[np.ndarray, np.ndarray, Calibration, Partition, np.ndarray]) -> None:
    vectors, held, _, model, assigned = measured
    role = unit_rows(np.eye(16)[np.argmax(vectors[held], axis=1)])
    calibration = calibrate_vectors(model, vectors, assigned, held, [PseudoQueries(role, held)])
    assert calibration.queries <= len(held) + 12


def test_neighbours_are_the_same_however_the_vectors_come(
    measured: tuple[np.ndarray, np.ndarray, Calibration, Partition, np.ndarray],
) -> None:
    vectors, held, _, _, _ = measured
    whole = exact_neighbours(vectors[held], [vectors], NEIGHBOURS, held)
    pieces = exact_neighbours(vectors[held], [vectors[:5], vectors[5:500], vectors[500:]], NEIGHBOURS, held)
    assert (whole == pieces).all() and not (whole == held[:, None]).any()
    slow = [[row for row in np.argsort(-(vectors @ vectors[own])) if row != own][:NEIGHBOURS] for own in held]
    assert (whole == np.array(slow)).all()


def test_what_was_learned_of_routes_is_stored_with_the_calibration(
    measured: tuple[np.ndarray, np.ndarray, Calibration, Partition, np.ndarray],
) -> None:
    calibration = measured[2]
    assert Calibration.from_hash(calibration.to_hash()).router is None
    router = TrainedRouter(np.arange(FEATURES + 1.0), -np.arange(float(len(TARGETS))), np.asarray(TARGETS))
    stored = replace(calibration, router=router).to_hash()
    again = Calibration.from_hash(stored).router
    assert again is not None and np.array_equal(again.to_array(), router.to_array())
    stored[b"calibration:router"] = stored[b"calibration:floor"]
    with pytest.raises(ValueError, match="trained router"):
        Calibration.from_hash(stored)
