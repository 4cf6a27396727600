"""Where words are at home among the landmarks."""

import numpy as np
import pytest

from profilesearch.words.bm25 import Bm25
from profilesearch.words.fitted_words import FittedWords
from profilesearch.words.fusion import WordWeights
from profilesearch.words.regions import RegionWords
from profilesearch.words.statistics import TermStatistics

TEXTS = ["kafka streams", "kafka pipelines", "wards and patients", "patients", "invoices", "kafka invoices"]
PLACES = np.array([0, 0, 2, 2, 1, 1])


@pytest.fixture
def bm25() -> Bm25:
    return Bm25(TermStatistics.of(TEXTS), TEXTS)


@pytest.fixture
def regions(bm25: Bm25) -> RegionWords:
    return RegionWords.of(bm25.terms, bm25.weights, PLACES, 4)


@pytest.mark.parametrize("words", [("kafka",), ("patient", "kafka"), ("invoice", "streams", "unheard"), ()])
def test_a_region_scores_what_its_profiles_score_on_average(
    bm25: Bm25, regions: RegionWords, words: tuple[str, ...]
) -> None:
    scores = bm25.scores([words])[0]
    means = [scores[PLACES == place].mean() if place in PLACES else 0.0 for place in range(4)]
    assert regions.scores(words, "en") == pytest.approx(means, rel=2e-3)


def test_what_was_kept_is_read_again(regions: RegionWords) -> None:
    words = FittedWords(TermStatistics.of(TEXTS), WordWeights(), regions)
    read = FittedWords.from_hash(words.to_hash()).regions
    assert read is not None and read.amount == 4
    assert (read.scores(["kafka", "patients"], "en") == regions.scores(["kafka", "patients"], "en")).all()
    without = FittedWords(TermStatistics.of(TEXTS), WordWeights())
    assert FittedWords.from_hash(without.to_hash()).regions is None


@pytest.mark.parametrize("name", [b"region_starts", b"regions", b"region_scores"])
def test_damaged_regions_are_refused(regions: RegionWords, name: bytes) -> None:
    good = regions.to_hash()
    with pytest.raises(ValueError, match="regions of words lack"):
        RegionWords.from_hash({key: value for key, value in good.items() if key != name})
    with pytest.raises(ValueError, match="regions of words"):
        RegionWords.from_hash(good | {name: good[b"region_keys"]})


def test_words_move_a_region_forward_by_their_weight(regions: RegionWords) -> None:
    cosines = np.array([0.1, 0.2, 0.9, 0.0], np.float32)
    for weight, first in ((0.0, 2), (1.0, 0)):
        words = FittedWords(TermStatistics.of(TEXTS), WordWeights(weight, weight), regions)
        assert words.region_scores(("kafka",), cosines).argmax() == first
