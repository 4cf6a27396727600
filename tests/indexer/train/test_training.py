"""Training that is cut off goes on as if it had not been."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from indexer.report import Report
from indexer.train.examples import write_examples
from indexer.train.options import TrainOptions
from profilesearch.errors import TrainingError
from tests.indexer.train.conftest import World

pytest.importorskip("datasets")
pytest.importorskip("accelerate")
pytestmark = pytest.mark.filterwarnings("default")  # of the trainer's libraries


class CutOff(BaseException):
    """What no code expects, as a kill."""


class Fragile(Report):
    """A report that is cut off after so many messages."""

    def __init__(self, messages: int) -> None:
        super().__init__()
        self.left = messages

    def say(self, key: str, **values: Any) -> None:
        self.left -= 1
        if self.left < 0:
            raise CutOff
        super().say(key, **values)


@pytest.fixture
def options(world: World, tiny_model: Path, tmp_path: Path) -> TrainOptions:
    examples = tmp_path / "examples.jsonl"
    write_examples(examples, world.examples())
    return TrainOptions(
        examples, tmp_path / "whole", str(tiny_model), epochs=8, batch_size=16, every=4, held_back=0.2, at=3, patience=99,
        learning_rate=0.005,
    )  # fmt: skip


def digest(folder: Path) -> str:
    from indexer.train.weights import load_model, tensors_digest

    return tensors_digest(load_model(str(folder)))


def test_a_training_that_is_cut_off_ten_times_gives_the_same_model(options: TrainOptions, tmp_path: Path) -> None:
    from dataclasses import replace

    from indexer.train.training import train

    whole = train(options, Report())
    chance, cut = random.Random(1), replace(options, out=tmp_path / "cut")
    for _ in range(10):
        with pytest.raises(CutOff):
            train(cut, Fragile(chance.randint(0, 6)))
        assert not cut.out.exists()
    again = train(cut, Report())
    assert again.recalls == whole.recalls
    assert again.losses == whole.losses
    assert digest(cut.out) == digest(options.out)
    assert not list(tmp_path.glob("*.training"))


def test_a_checkpoint_that_was_cut_off_is_passed_over(options: TrainOptions) -> None:
    from indexer.train.training import _latest, train

    work = options.out.with_name("whole.training")
    with pytest.raises(CutOff):
        train(options, Fragile(7))
    latest = _latest(work)
    assert latest is not None
    half = work / "checkpoint-999"
    half.mkdir()
    (half / "trainer_state.json").write_text('{"global_st')
    assert _latest(work) == latest
    assert not half.exists()


def test_training_learns_and_tells_what_it_was_made_of(options: TrainOptions) -> None:
    from indexer.train.training import train

    trained = train(options, Report())
    assert max(trained.recalls.values()) > trained.recalls[0]
    card = json.loads((options.out / "training.json").read_text())
    assert len(card["examples"]) == len(card["base"]) == 16
    assert "held-back recall@3" in (options.out / "README.md").read_text()
    with pytest.raises(TrainingError, match="is there already"):
        train(options, Report())


def test_another_training_in_the_same_folder_is_refused(options: TrainOptions) -> None:
    from dataclasses import replace

    from indexer.train.training import train

    with pytest.raises(CutOff):
        train(options, Fragile(2))
    with pytest.raises(TrainingError, match="begun with other seed"):
        train(replace(options, seed=options.seed + 1), Report())


def test_beginnings_of_vectors_and_small_memory_can_be_trained(options: TrainOptions) -> None:
    from dataclasses import replace

    from indexer.train.training import train

    trained = train(replace(options, dimensions=(32, 8), mini_batch=4, epochs=1), Report())
    assert trained.steps


def test_adapters_are_trained_and_added_to_the_weights(options: TrainOptions, tiny_model: Path, tmp_path: Path) -> None:
    from dataclasses import replace

    from indexer.train.training import train
    from indexer.train.weights import load_model

    pytest.importorskip("peft")
    lora = replace(options, lora=8, learning_rate=0.02)
    whole = train(lora, Report())
    assert max(whole.recalls.values()) > whole.recalls[0]
    cut = replace(lora, out=tmp_path / "cut")
    with pytest.raises(CutOff):
        train(cut, Fragile(7))
    assert train(cut, Report()).losses == whole.losses
    assert digest(cut.out) == digest(lora.out)
    tuned = load_model(str(lora.out)).state_dict()
    base = load_model(str(tiny_model)).state_dict()
    assert list(tuned) == list(base)
    changed = {name for name, tensor in base.items() if not tensor.equal(tuned[name])}
    assert changed and all(name.endswith("weight") and "embeddings" not in name for name in changed)


def test_a_models_prompts_go_before_what_it_is_trained_on(tiny_model: Path) -> None:
    from indexer.train.composition import Drawn
    from indexer.train.trainer import _prompts
    from indexer.train.weights import load_model

    model, drawn = load_model(str(tiny_model)), Drawn("cook", "cooks", ("cares",), "p1")
    assert _prompts(model, drawn) is None
    model.prompts = {"query": "query: ", "document": "passage: "}
    expected = {"anchor": "query: ", "positive": "passage: ", "negative_1": "passage: "}
    assert _prompts(model, drawn) == expected
