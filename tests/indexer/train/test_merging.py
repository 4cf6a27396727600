"""Mixtures of two models, and which of them is best."""

from pathlib import Path

import pytest

from indexer.train.merging import Mixture, best, merge_weights, save_mixture
from profilesearch.errors import TrainingError
from tests.indexer.train.conftest import untrained

pytest.importorskip("datasets")


def test_weights_are_mixed_by_their_share(tiny_model: Path, tmp_path: Path) -> None:
    from indexer.train.weights import load_model, tensors_digest

    other = untrained(tmp_path / "other", seed=9)
    name = "0.auto_model.embeddings.word_embeddings.weight"
    base, tuned = load_model(str(tiny_model)), load_model(str(other))
    key = next(each for each in base.state_dict() if each.endswith("word_embeddings.weight")) or name
    expected = 0.25 * tuned.state_dict()[key] + 0.75 * base.state_dict()[key]
    mixed = merge_weights(base, tuned, 0.25)
    assert (mixed.state_dict()[key] - expected).abs().max() < 1e-6
    assert tensors_digest(merge_weights(base, load_model(str(other)), 0)) == tensors_digest(base)


def test_a_mixture_is_written_whole_and_never_over_another(tiny_model: Path, tmp_path: Path) -> None:
    from indexer.train.weights import load_model

    out = tmp_path / "merged"
    save_mixture(load_model(str(tiny_model)), out, {"alpha": 0.5})
    assert load_model(str(out)).get_embedding_dimension() == 32
    with pytest.raises(TrainingError, match="is there already"):
        save_mixture(load_model(str(tiny_model)), out, {})


CURVE = [
    Mixture(0.0, 0.70, 0.60, 1.0),
    Mixture(0.5, 0.78, 0.595, 0.99),
    Mixture(0.7, 0.79, 0.58, 0.97),
    Mixture(1.0, 0.80, 0.50, 0.83),
]


def test_the_best_mixture_finds_most_of_those_that_keep_enough() -> None:
    assert best(CURVE).alpha == 0.5
    assert best(CURVE, 0.8).alpha == 1.0
    assert best(CURVE, 1.0).alpha == 0.0


def test_without_a_set_of_the_field_none_is_best() -> None:
    with pytest.raises(TrainingError, match="--inside"):
        best([Mixture(0.0, None, 0.6, 1.0)])
