"""How varied the first people are, by hand."""

import pytest

from indexer.evaluate.variety import variety_of
from profilesearch.row import Row
from profilesearch.store import Store
from tests.profilesearch.search.small_version import EYE, near, publish


def test_variety_by_hand(store: Store) -> None:
    vectors = {"a": near(first=1), "b": near(first=0.96), "c": EYE[1], "d": near(first=1)}
    titles = {"a": "Nurse", "b": "nurse", "c": "Clerk", "d": "Baker"}
    record = publish(store, [(Row(id_, titles[id_], "text"), 0, vector) for id_, vector in vectors.items()])
    found = variety_of(store, record, {"q": ["a", "b", "c"], "r": ["c", "d"], "alone": ["a"], "nobody": []})
    assert found.likeness == pytest.approx((0.96 / 3 + 0) / 2, abs=1e-6)
    assert (found.titles, found.copies) == (2.0, 0.5)
    assert variety_of(store, record, {"alone": ["a"]}).titles == 0
