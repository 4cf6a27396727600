"""Alternative titles of a file as labels."""

from pathlib import Path

import pytest

from indexer.labels.titles import titles_of
from profilesearch.errors import SourceError
from profilesearch.fields import Fields
from profilesearch.labels import LabelOrigin

FIELDS = Fields(id="uri", title="title", text=("title", "description"))


def found(path: Path) -> list[tuple[str, str, str]]:
    return [(label.query, label.profile_id, label.text) for label in titles_of(path, "others", FIELDS, path.parent)]


def test_each_other_title_must_find_its_row(tmp_path: Path) -> None:
    path = tmp_path / "occupations.jsonl"
    path.write_text(
        '{"uri": "o1", "title": "nurse", "description": "cares", "others": ["carer", " carer ", "Nurse", ""]}\n'
        '{"uri": "o2", "title": "cook", "description": "cooks", "others": null}\n'
    )
    assert found(path) == [("carer", "o1", "nurse\ncares")]
    label = next(titles_of(path, "others", FIELDS, tmp_path))
    assert (label.origin, label.grade) == (LabelOrigin.SYNTHETIC, 1)


def test_a_cell_may_have_a_title_a_line_or_between_bars(tmp_path: Path) -> None:
    path = tmp_path / "occupations.csv"
    path.write_text('uri,title,description,others\no1,nurse,cares,"carer\nsister"\no2,cook,cooks,chef|cuisinier\n')
    assert [query for query, *_ in found(path)] == ["carer", "sister", "chef", "cuisinier"]


def test_what_is_no_title_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "occupations.jsonl"
    path.write_text('{"uri": "o1", "title": "nurse", "others": [7]}\n')
    with pytest.raises(SourceError, match=r"occupations.jsonl:1: others: expected a title, got 7"):
        found(path)
    path.write_text('{"uri": "o1", "title": "nurse"}\n')
    with pytest.raises(SourceError, match="expected a column 'others'"):
        found(path)
