"""The gates before a model becomes the default."""

from types import SimpleNamespace
from typing import Any

import pytest

from indexer.promotion import Contender, Demands, Gate, _alike, _not_worse, require, table
from indexer.train.quality import JudgedSet
from profilesearch.errors import VerificationFailed
from profilesearch.store import Store
from tests.indexer.train.conftest import ByNumber, angles

PASSED = Gate("better", "MAP above 0.500, p < 0.05", "0.600, p = 0.001", True)
REFUSED = Gate("speed", "at most 1.5 times 10.0 ms", "2.00 times", False)


def test_every_gate_must_let_a_model_pass() -> None:
    require([PASSED], "tuned")
    with pytest.raises(VerificationFailed, match="tuned is not promoted: speed") as refused:
        require([PASSED, REFUSED], "tuned")
    assert table([PASSED, REFUSED]) in str(refused.value)
    assert refused.value.values["checks"] == ("speed",)


def test_the_table_says_what_was_expected_and_what_came() -> None:
    lines = table([PASSED, REFUSED]).splitlines()
    assert lines[0].startswith("passed   better") and lines[0].endswith("0.600, p = 0.001")
    assert lines[1].startswith("REFUSED  speed ") and "at most 1.5 times" in lines[1]


def test_a_model_that_forgets_another_field_is_refused(tmp_path: Any) -> None:
    outside: JudgedSet = angles(tmp_path)

    def model(turned: float) -> Contender:
        record: Any = SimpleNamespace(model=f"turned by {turned}")
        return Contender(record, ByNumber(turned))

    assert _not_worse(outside, model(0), model(0), Demands()).passed
    refused = _not_worse(outside, model(0), model(13), Demands())
    assert not refused.passed
    assert refused.expected == "nDCG@10 of 0.980 or more"


def test_an_overlap_that_is_demanded_is_not_there_without_queries_to_compare(store: Store) -> None:
    record: Any = SimpleNamespace(model="any")
    gate = _alike(store, Contender(record, ByNumber(0)), Contender(record, ByNumber(1)), [], 0.5)
    assert not gate.passed
    assert (gate.expected, gate.got) == ("overlap@10 of 50% or more", "no queries to compare")
