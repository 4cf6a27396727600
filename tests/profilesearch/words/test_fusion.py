"""Words and meaning as one score, and what is measured to weigh them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from profilesearch.words.fitted_words import FittedWords
from profilesearch.words.fusion import TEXT_PRIOR, TYPED_PRIOR, WordWeights, combine
from profilesearch.words.ranked_lists import Scored, fuse
from profilesearch.words.statistics import TermStatistics

UNIT = st.floats(0, 1)


@given(UNIT, UNIT, st.integers(0, 200), st.integers(0, 200))
def test_weights_change_gradually_from_typed_to_text(typed: float, text: float, some: int, more: int) -> None:
    weights = WordWeights(typed, text)
    low, high = sorted((weights.of(min(some, more)), weights.of(max(some, more))))
    assert min(typed, text) - 1e-9 <= low <= high <= max(typed, text) + 1e-9
    assert weights.of(3) == typed and weights.of(100) == text
    assert weights.to_json() == {"typed": typed, "text": text}


@pytest.mark.parametrize("weight", [-0.1, 1.1, float("nan")])
def test_a_weight_is_from_0_to_1(weight: float) -> None:
    with pytest.raises(ValueError, match="from 0 to 1"):
        WordWeights(typed=weight)


@given(st.lists(st.tuples(st.floats(0, 50), st.floats(-1, 1)), min_size=1, max_size=8), st.floats(0.1, 40), UNIT)
def test_shares_add_up_and_are_monotonous(pairs: list[tuple[float, float]], reference: float, weight: float) -> None:
    bm25, cosines = np.array(pairs).T
    shares = combine(bm25, reference, cosines, weight)
    assert shares.total == pytest.approx(shares.words + shares.meaning)
    assert (shares.words >= 0).all() and (shares.meaning >= 0).all()
    assert (combine(bm25 + 1, reference, cosines, weight).total >= shares.total).all()


def test_without_a_reference_words_count_nothing() -> None:
    assert combine([3.0], 0.0, [0.5], 0.4).words == [0.0]


def test_the_server_is_told_the_same_score() -> None:
    texts = ["nurse in a clinic", "manager of products", "nurse and manager"]
    words = FittedWords(TermStatistics.of(texts), WordWeights(0.2, 0.6))
    terms = words.terms("a nurse")
    fusion = words.fusion(terms, 10)
    fused = fuse(fusion, [Scored("a", 1.5)], [Scored("a", 0.8), Scored("b", 0.9)])
    expected = combine([1.5, 0.0], words.reference(terms), [0.6, 0.8], 0.2).total
    assert {entry.id: entry.score for entry in fused} == pytest.approx(dict(zip("ab", expected, strict=True)))


def test_words_that_nobody_has_count_nothing() -> None:
    words = FittedWords(TermStatistics.of(["nurse"]), WordWeights())
    assert words.terms("zebra") == () and words.fusion((), 10).words == 0


def test_titles_are_asked_for_a_few_words_only() -> None:
    words = FittedWords(TermStatistics.of(["alpha beta"]), WordWeights())
    assert words.asks_titles(("alpha", "beta")) and not words.asks_titles(tuple("abcdefghij"))
    assert words.reference(("alpha",)) == 2 * words.statistics.reference_score(("alpha",))


def test_fitted_words_to_redis_and_back() -> None:
    words = FittedWords(TermStatistics.of(["nurse", "clinic nurse"], "de"), WordWeights(0.1, 0.5))
    again = FittedWords.from_hash(words.to_hash())
    assert again.weights == words.weights and again.fusion(("nurse",), 5) == words.fusion(("nurse",), 5)
    with pytest.raises(ValueError, match="lack their weights"):
        FittedWords.from_hash({name: value for name, value in words.to_hash().items() if name != b"weights"})
    assert (TYPED_PRIOR, TEXT_PRIOR) == (WordWeights().typed, WordWeights().text)
