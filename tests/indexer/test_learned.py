"""What judged queries teach is taken where it is better on queries that it was not fitted on, and nowhere else."""

import numpy as np
import pytest

from indexer.build.learn_fusion import learn_fusion
from indexer.build.learn_route import RouteQueries, fit_router, learn_route
from indexer.build.learned import LEAST_QUERIES, folds
from profilesearch.clusters.trained_router import FEATURES, TARGETS, TrainedRouter, route_features
from profilesearch.words.fusion import WordWeights
from profilesearch.words.fusion_calibration import AskedWay, FusionCalibration, Kind

CALIBRATED = FusionCalibration(WordWeights(0.05, 0.3), (), 0.0)


# ---------------------------------------------------------------- folds
def test_a_text_is_in_one_fold_however_it_is_written() -> None:
    texts = [text for number in range(60) for text in (f"text {number}", f"  TEXT {number}")]
    for fitted, held_back in folds(texts):
        assert not {texts[place].strip().lower() for place in fitted} & {
            texts[place].strip().lower() for place in held_back
        }
    assert sorted(place for _, held_back in folds(texts) for place in held_back) == list(range(120))
    assert folds(["one text"] * 50) == [], "nothing is left to fit on"


# ---------------------------------------------------------------- how much words count
def way(words_help: float, queries: int = 80, kind: Kind = "typed", seed: int = 0) -> AskedWay:
    """Queries for which words put the right one first as often as said, and meaning says little."""
    random = np.random.default_rng(seed)
    right = np.eye(queries, dtype=np.bool_)
    helped = random.random((queries, 1)) < words_help
    bm25 = random.uniform(0, 5, right.shape) + 6 * right * helped
    cosines = random.uniform(0.2, 0.5, right.shape) + 0.2 * right * ~helped
    texts = tuple(f"text {number}" for number in range(queries))
    return AskedWay(
        "judged", kind, bm25.astype(np.float32), np.full(queries, 11.0), cosines.astype(np.float32), right, texts
    )


def test_words_that_find_more_are_believed() -> None:
    fusion, (lesson,) = learn_fusion(CALIBRATED, [way(1.0)], "labels of local")
    assert lesson.taken and lesson.p_value < 0.05 and fusion.weights.typed > 0.3 and fusion.weights.text == 0.3
    assert fusion.curves[0].weight == fusion.weights.typed
    assert str(lesson).startswith("fitted; 80 queries (labels of local): held back MAP ")
    assert lesson.name == "weight of words, short queries"


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("kind", ["typed", "text"])
def test_judgements_at_random_change_no_weight(kind: Kind, seed: int) -> None:
    chance = np.random.default_rng(seed)
    asked = way(0.5, 120, kind, seed)
    wrong = AskedWay(
        asked.name,
        kind,
        asked.bm25,
        asked.references,
        asked.cosines,
        asked.relevant[chance.permutation(120)],
        asked.texts,
    )
    fusion, (lesson,) = learn_fusion(CALIBRATED, [wrong], "anybody")
    assert not lesson.taken and fusion == CALIBRATED and str(lesson).startswith("calibrated; ")


def test_few_queries_teach_nothing() -> None:
    assert learn_fusion(CALIBRATED, [way(1.0, LEAST_QUERIES - 1)], "x") == (CALIBRATED, [])


# ---------------------------------------------------------------- which clusters are searched
CLUSTERS, LANDMARKS = 12, 60
OWNERS = np.arange(LANDMARKS) % CLUSTERS


def routed(queries: int, seed: int, *, at_random: bool = False, wide: int = 30, blind: bool = False) -> RouteQueries:
    """Queries whose people are in the cluster that their best landmark says, and the calibrated route searches widely.

    Args:
        at_random: people are anywhere.
        wide: how many landmarks the calibrated route goes by.
        blind: the best landmarks say nothing, and the nearest centroid does not either.
    """
    chance = np.random.default_rng(seed)
    home = chance.integers(0, CLUSTERS, queries)
    scores = chance.uniform(0.2, 0.5, (queries, LANDMARKS))
    scores[np.arange(LANDMARKS)[None] % CLUSTERS == home[:, None]] += 0.4
    people = chance.integers(0, CLUSTERS, queries) if at_random or blind else home
    distances = 1 - 0.3 * np.eye(CLUSTERS)[home] + chance.uniform(0, 0.1, (queries, CLUSTERS))
    features = [
        route_features(row, OWNERS, away, np.ones(CLUSTERS)) for row, away in zip(scores, distances, strict=True)
    ]
    order = OWNERS[np.argsort(-scores, axis=1)]
    calibrated = np.zeros((len(TARGETS), queries, CLUSTERS), np.bool_)
    for place in range(len(TARGETS)):
        np.put_along_axis(calibrated[place], order[:, :wide], True, axis=1)
    return RouteQueries(
        np.array(features), np.eye(CLUSTERS)[people], distances.argmin(axis=1), calibrated,
        np.full(CLUSTERS, 1 / CLUSTERS), [f"text {number}" for number in range(queries)],
    )  # fmt: skip


def test_fewer_clusters_are_searched_where_judgements_show_that_they_are_enough() -> None:
    router, lesson = learn_route(routed(100, 1), [routed(80, 2)], "labels of local")
    assert router is not None and lesson is not None and lesson.taken
    asked = routed(50, 3)
    chosen = router.logits(asked.features) >= router.thresholds[TARGETS.index(0.95)]
    assert (
        asked.found(chosen).mean() > 0.95 and asked.share(chosen).mean() < 0.5 * asked.share(asked.calibrated[5]).mean()
    )


@pytest.mark.parametrize("seed", range(12))
def test_judgements_at_random_change_no_route(seed: int) -> None:
    router, lesson = learn_route(routed(100, seed, at_random=True, wide=8), [routed(80, 99)], "anybody")
    assert router is None and lesson is not None and not lesson.taken


def test_what_loses_others_than_those_who_judged_is_refused() -> None:
    judged, others = routed(100, 1), routed(100, 2, blind=True)
    router, lesson = learn_route(judged, [routed(80, 3)], "one trade")
    assert router is not None
    router, lesson = learn_route(judged, [routed(80, 3), others], "one trade")
    assert router is None and lesson is not None and not lesson.taken


def test_few_judged_queries_teach_no_route() -> None:
    assert learn_route(routed(LEAST_QUERIES - 1, 1), [], "x") == (None, None)


def test_a_threshold_finds_what_its_target_says() -> None:
    asked = routed(120, 5)
    router = fit_router(asked)
    assert (np.diff(router.thresholds) <= 1e-9).all(), "a higher target searches no less"
    for place, target in enumerate(TARGETS):
        chosen = router.logits(asked.features) >= router.thresholds[place]
        assert asked.found(chosen).mean() >= target


def test_a_router_is_stored_as_one_array() -> None:
    router = fit_router(routed(60, 7))
    again = TrainedRouter.from_array(router.to_array())
    assert all(
        np.array_equal(getattr(again, name), getattr(router, name)) for name in ("weights", "thresholds", "recalls")
    )
    assert again.choose(np.zeros((CLUSTERS, FEATURES)), 0.99) is None, "nothing was learned for so much"
    with pytest.raises(ValueError, match="finite numbers"):
        TrainedRouter.from_array(router.to_array()[:-1])


def test_features_say_how_clusters_lie_to_a_query() -> None:
    scores = np.array([0.1, 0.9, 0.5, 0.8])
    features = route_features(scores, np.array([0, 1, 0, 2]), np.array([1.0, 0.5, 0.7, 2.0]), np.array([1, 1, 2, 0]))
    assert features.shape == (4, FEATURES)
    assert features[:3, 0].tolist() == pytest.approx([-0.4, 0.0, -0.1])
    assert features[:, 2].tolist() == pytest.approx(np.log1p([2, 0, 1, 4]).tolist()), "one without a landmark is last"
    assert features[:, 3].tolist() == pytest.approx([-0.5, 0.0, -0.2, -1.5])
