"""What a tuned model's card says of what fits."""

import json
from pathlib import Path

import pytest

from indexer.train.card import CARD, floor_of, write_floor
from indexer.train.quality import Threshold
from profilesearch.errors import TrainingError


def test_the_floor_is_read_as_it_was_written_and_the_rest_stays(tmp_path: Path) -> None:
    (tmp_path / CARD).write_text('{"steps": 7}')
    (tmp_path / "README.md").write_text("# A model\n")
    assert floor_of(tmp_path) is None
    for cosine in (0.25, 0.5):
        write_floor(tmp_path, Threshold(cosine, 0.9, 0.8), "jobs")
        assert floor_of(tmp_path) == cosine
    assert json.loads((tmp_path / CARD).read_text())["steps"] == 7
    people = (tmp_path / "README.md").read_text()
    assert people.startswith("# A model\n") and people.count("What fits") == 1 and "0.500" in people


@pytest.mark.parametrize(
    "card", ["[]", "{", '{"floor": {"cosine": "high"}}', '{"floor": {"cosine": 3}}', '{"floor": 2}']
)
def test_a_card_that_says_something_else_is_refused(card: str, tmp_path: Path) -> None:
    (tmp_path / CARD).write_text(card)
    with pytest.raises(TrainingError, match="training.json"):
        floor_of(tmp_path)


def test_a_folder_without_a_card_says_nothing(tmp_path: Path) -> None:
    assert floor_of(tmp_path) is None
