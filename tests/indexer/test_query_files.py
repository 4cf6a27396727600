"""Files of queries: what is hostile in them is named with its line."""

import json
from pathlib import Path
from typing import cast

import pytest

from indexer.canaries import load_canaries
from indexer.evaluate.tasks import load_task
from profilesearch.errors import BadRows, SourceError
from profilesearch.store import Store

UNASKED = cast(Store, None)
"""No store: files are read without one."""

HOSTILE = [
    '{"text": ' + "[" * 900 + "]" * 900 + "}",
    '{"text": "\\ud800"}',
    "[]",
    "7",
    '{"text": ""}',
    '{"text": 7}',
    "{",
]


@pytest.mark.parametrize("line", HOSTILE)
def test_canaries(tmp_path: Path, line: str) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text('{"text": "nurse\u2028ward"}\n' + line + "\n")
    with pytest.raises(BadRows, match=r"q.jsonl:2: text: expected a JSON object with a text"):
        load_canaries(path, UNASKED)
    path.write_text(json.dumps({"text": "nurse\u2028ward"}, ensure_ascii=False) + "\n")
    assert load_canaries(path, UNASKED) == ["nurse\u2028ward"]


def test_a_judged_query_that_is_nested_deeply(tmp_path: Path) -> None:
    (tmp_path / "q.jsonl").write_text(HOSTILE[0])
    (tmp_path / "r.tsv").write_text("q 0 p 1")
    with pytest.raises(SourceError, match=r"q.jsonl:1: expected an object with id and text"):
        load_task(tmp_path / "q.jsonl", tmp_path / "r.tsv")


def test_latin_1_and_devices(tmp_path: Path) -> None:
    (tmp_path / "q.jsonl").write_bytes('{"text": "Müller"}'.encode("latin-1"))
    with pytest.raises(BadRows, match=r"q.jsonl:1: text"):
        load_canaries(tmp_path / "q.jsonl", UNASKED)
    with pytest.raises(SourceError, match="got a device"):
        load_canaries(Path("/dev/zero"), UNASKED)
