"""What documents show was printed: results are kept in docs/results, by scripts/record.py."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.console_blocks import blocks
from tests.servers import ROOT
from tests.test_walkthroughs import OF_MODELS, PAGES

ELSEWHERE = {
    "how-to/proxy.md": "needs nginx and a certificate",
    "how-to/redis-8.md": "needs a Redis with the Query Engine",
}
"""Pages whose sessions need what tests do not have."""

NOT_KEPT = {"sizing.md"}
"""Most of its tables were printed before results were kept; what is kept by now is compared."""

DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
_TABLE = re.compile(
    r"^(?P<mark> *<!-- docs/results/(?P<result>[\w-]+)\.json -->\n\n?)?(?P<rows>(?:^ *\|.*\n)+)", re.MULTILINE
)
_MEASURED = re.compile(r"[\d.,%\s\[\]→×/]*\d[.%][\d.,%\s\[\]→×/]*(?:ms|s|MB|kB|GB)?")
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


def name(page: Path) -> str:
    return str(page.relative_to(ROOT / "docs")) if page.is_relative_to(ROOT / "docs") else page.name


def result(stem: str) -> dict[str, Any]:
    kept: dict[str, Any] = json.loads((ROOT / "docs" / "results" / f"{stem}.json").read_text(encoding="utf-8"))
    return kept


def in_order(shown: list[str], printed: list[str]) -> bool:
    """Whether lines were printed in this order, others between them only where "…" stands."""
    at, gap = 0, True
    for line in shown:
        if line == "…":
            gap = True
            continue
        try:
            found = printed.index(line, at)
        except ValueError:
            return False
        if not gap and found != at:
            return False
        at, gap = found + 1, False
    return True


@pytest.mark.parametrize("page", DOCUMENTS, ids=name)
def test_every_session_was_run(page: Path) -> None:
    for block in blocks(page):
        if block.result:
            kept = result(block.result)
            shown = [line for step in block.steps for line in step.printed] or block.beginning
            assert block.steps[0].command == kept["command"], block.result
            assert in_order([line.rstrip() for line in shown], kept["output"]), f"{block.result}: {shown}"
        elif block.prints and name(page) not in (*PAGES, *OF_MODELS, *ELSEWHERE):
            raise AssertionError(f"{name(page)} shows what {block.steps[0].command!r} printed: where is it kept?")


@pytest.mark.parametrize("page", DOCUMENTS, ids=name)
def test_every_table_of_measurements_was_printed(page: Path) -> None:
    for table in _TABLE.finditer(page.read_text(encoding="utf-8")):
        heading, _, *lines = table["rows"].splitlines()
        if sum(bool(_MEASURED.fullmatch(cell.strip())) for line in lines for cell in line.split("|")) < 2:
            continue
        if not table["result"] and name(page) in NOT_KEPT:
            continue
        assert table["result"], f"{name(page)}: where are the figures of this table kept? {heading}"
        printed = [_NUMBER.findall(line) for line in result(table["result"])["output"]]
        for row in map(_NUMBER.findall, lines):
            assert any(_within(row, line) for line in printed), f"{table['result']} has no line with {row}"


def _within(numbers: list[str], line: list[str]) -> bool:
    """Whether numbers stand in a line, in this order."""
    rest = iter(line)
    return all(number in rest for number in numbers)


@pytest.mark.parametrize(
    ("shown", "printed", "right"),
    [
        (["a", "b"], ["x", "a", "b"], True),
        (["a", "b"], ["a", "x", "b"], False),
        (["a", "…", "b"], ["a", "x", "b"], True),
        (["b", "…", "a"], ["a", "b"], False),
    ],
)
def test_lines_in_order(shown: list[str], printed: list[str], right: bool) -> None:
    assert in_order(shown, printed) is right
