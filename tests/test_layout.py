"""The rooms of docs/architecture.md and the arrows between them."""

import re
import subprocess
import sys
from pathlib import Path

from tests.servers import ROOT


def test_the_rooms_are_there() -> None:
    for room in (
        "profilesearch",
        "indexer",
        "webapp",
        "redis_local",
        "console",
        "redis/queries",
        "redis/scripts",
        "tests",
        "docs",
        "bench",
    ):
        assert (ROOT / room).is_dir(), room
    for file in (
        "README.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "docker-compose.yml",
        "Dockerfile",
        "requirements.txt",
    ):
        assert (ROOT / file).is_file(), file


def test_the_folder_redis_does_not_hide_redis_py() -> None:
    assert not list((ROOT / "redis").rglob("*.py"))
    import redis

    assert Path(redis.__file__).parent != ROOT / "redis"


def test_the_arrows() -> None:
    done = subprocess.run([Path(sys.executable).parent / "lint-imports"], cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout.decode()


def test_make_help_lists_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    told = subprocess.run(
        ["make", "--no-print-directory", "help"], cwd=ROOT, capture_output=True, check=True
    ).stdout.decode()
    assert {line.split()[1] for line in told.splitlines()} == targets


def test_every_requirement_says_why_it_is_there() -> None:
    for name in (
        "requirements.txt",
        "requirements-onnx.txt",
        "requirements-train.txt",
        "requirements-dev.txt",
        "requirements-bench.txt",
    ):
        lines = (ROOT / name).read_text().splitlines()
        for before, line in zip(["", *lines], lines, strict=False):
            if line and not line.startswith(("#", "-r")):
                assert "==" in line and ("#" in line or before.startswith("#")), line


def test_every_setting_is_documented() -> None:
    page = (ROOT / "docs" / "configuration.md").read_text()
    variables = set(
        re.findall(
            r"\b(?:REDIS_URL|(?:PROFILESEARCH|EMBEDDING)_[A-Z_]+)\b", (ROOT / "profilesearch/settings.py").read_text()
        )
    )
    assert variables and all(f"`{name}`" in page for name in variables)


def test_every_command_is_documented() -> None:
    sys.path.insert(0, str(ROOT))
    from click import Context

    from indexer.cli import main

    page = (ROOT / "docs" / "command-line.md").read_text()
    context = Context(main)
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        assert command is not None and f"## {name}" in page, name
        for option in command.params:
            assert all(f"`{flag}" in page for flag in option.opts if flag.startswith("--")), (name, option.opts)
