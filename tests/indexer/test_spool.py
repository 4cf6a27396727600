"""Rows and vectors on disk while a job runs."""

from pathlib import Path

import numpy as np
import pytest

from indexer import spool as spools
from indexer.spool import Spool
from profilesearch.row import Row


@pytest.fixture
def vectors() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(25, 6)).astype(np.float32)


def test_vectors_come_back_whole_in_pieces_and_one_by_one(
    tmp_path: Path, vectors: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spools, "CHUNK", 10)
    with Spool(tmp_path) as spool:
        for number in range(25):
            assert spool.add(Row(str(number), "h", "t"), number + 1, {}) is None
        for start in (0, 10, 20):
            spool.add_vectors(vectors[start : start + 10])
            if start == 10:
                assert (spool.vectors_at([19, 0]) == vectors[[19, 0]]).all()  # while more are still to come
        assert [len(chunk) for chunk in spool.vectors()] == [10, 10, 5]
        assert (np.vstack(list(spool.vectors())) == vectors).all()
        assert (np.vstack(list(spool.vectors(13))) == vectors[13:]).all()
        assert (spool.vectors_at([24, 3, 3]) == vectors[[24, 3, 3]]).all()
        assert [row.id for row in spool.rows_at([24, 3, 3])] == ["24", "3", "3"]
        some = spool.vectors_at([0])
    assert (some == vectors[:1]).all() and not list(tmp_path.iterdir())


def test_an_empty_spool_has_no_vectors(tmp_path: Path) -> None:
    with Spool(tmp_path) as spool:
        assert list(spool.vectors()) == [] and len(spool.vectors_at([])) == 0
