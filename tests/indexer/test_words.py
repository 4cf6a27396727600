"""What people read of the command line."""

import re
import tomllib
from pathlib import Path
from string import Formatter

import pytest

from indexer.wording import explain, word
from profilesearch.errors import BadRow, BadRows, StoreError, VerificationFailed
from tests.servers import ROOT

WORDS = tomllib.loads((ROOT / "indexer" / "words.toml").read_text())


@pytest.mark.parametrize(
    ("key", "values", "message"),
    [
        ("prune.removed", {"removed": "v77", "profiles": 1}, "removed v77 with 1 profile"),
        ("prune.removed", {"removed": "v77", "profiles": 6904}, "removed v77 with 6,904 profiles"),
        ("build.live", {"version": "v1", "profiles": 1, "clusters": 1}, "version v1 is live: 1 profile in 1 cluster"),
        ("build.rejected", {"rejected": 1, "rejects": "r"}, "1 bad row was left out; see r"),
        ("build.caught_up", {"caught_up": 1}, "1 change that came during the build is in it, too"),
        ("build.caught_up", {"caught_up": 2}, "2 changes that came during the build are in it, too"),
        ("canaries.overlap", {"queries": 3, "version": "v1", "overlap": 0.954}, "canary queries: 3, overlap@10 with v1: 95%"),
    ],
)  # fmt: skip
def test_numbers_and_their_nouns(key: str, values: dict[str, str | float], message: str) -> None:
    assert word(key, **values) == message


def test_hints_follow_what_an_error_says() -> None:
    bad = BadRows([BadRow("a.csv", 2, "id", "nothing", "an id")], 1)
    assert explain(bad).splitlines() == [
        "1 bad row, nothing was written (--skip-bad-rows goes on without them):",
        "  a.csv:2: id: expected an id, got nothing",
    ]
    assert explain(StoreError("no room")) == "no room"
    failed = VerificationFailed("v2 was not published: size: …; recall: …", checks=("size", "recall"))
    assert explain(failed).endswith("(--allow-shrink goes on with fewer; --ef-construction and --ef-runtime raise it)")


def test_the_domain_names_no_option() -> None:
    for path in (ROOT / "profilesearch").rglob("*.py"):
        assert not re.search(r'["\s(]--[a-z]+-[a-z]', path.read_text()), path


def test_every_message_has_nouns_that_are_there_and_is_said_somewhere() -> None:
    source = "".join(path.read_text() for path in (ROOT / "indexer").rglob("*.py"))
    for table, messages in WORDS.items():
        for name, message in messages.items():
            if table in ("nouns", "hints"):
                continue
            assert f'"{table}.{name}"' in source, f"{table}.{name}"
            for _, field, spec, _ in Formatter().parse(message):
                noun = (spec or "").removeprefix("~")
                assert not field or not re.fullmatch("[a-z ]{2,}", noun) or noun in WORDS["nouns"], (name, noun)


def test_every_message_that_is_said_is_there() -> None:
    for path in (ROOT / "indexer").rglob("*.py"):
        for key in re.findall(r'(?:say|warn|word)\(\s*"([a-z_]+\.[a-z_]+)"', Path(path).read_text()):
            table, _, name = key.partition(".")
            assert name in WORDS[table], (path, key)
