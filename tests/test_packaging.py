"""What is installed, under which names, and what a Python without it says."""

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from tests.servers import ROOT

PACKAGES = ("profilesearch", "indexer", "webapp", "redis_local", "console")


def run(*command: str | Path, cwd: Path = ROOT, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command without this process' PYTHONPATH."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | variables
    return subprocess.run(command, cwd=cwd, env=env, text=True, capture_output=True, timeout=120, check=False)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that an installation reads, in a folder of their own, so that nothing is written into this one."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in (*PACKAGES, "pyproject.toml", "requirements.txt", "README.md", "NOTICES.md"):
        run("cp", "-r", ROOT / name, folder)
    return folder


def test_a_wheel_holds_every_file_of_the_packages(checkout: Path, tmp_path: Path) -> None:
    done = run(
        sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", tmp_path, checkout
    )
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("profilesearch-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        packed = set(archive.namelist())
    files = {
        str(path.relative_to(ROOT))
        for name in PACKAGES
        for path in (ROOT / name).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert files <= packed
    assert any(name.endswith("licenses/NOTICES.md") for name in packed)


@pytest.fixture(scope="module")
def installed(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of a virtual environment with the project installed as set-up does it."""
    place = tmp_path_factory.mktemp("venv")
    venv.create(place, with_pip=False)
    (packages,) = place.glob("lib/python*/site-packages")
    own = next(path for path in sys.path if path.endswith("site-packages"))
    (packages / "requirements.pth").write_text(f"{own}\n")
    pip = (sys.executable, "-m", "pip", "--python", place / "bin/python", "install", "--quiet")
    done = run(*pip, "--no-deps", "--no-build-isolation", "--editable", checkout)
    assert done.returncode == 0, done.stderr
    return place / "bin"


@pytest.mark.parametrize(("part", "module"), [("index", "indexer"), ("web", "webapp"), ("redis", "redis_local")])
def test_the_console_script_runs_every_part_from_any_folder(
    installed: Path, tmp_path: Path, part: str, module: str
) -> None:
    shown = run(installed / "profilesearch", part, "--help", cwd=tmp_path)
    assert shown.returncode == 0 and shown.stdout.startswith(f"Usage: profilesearch {part} ["), shown
    assert run(installed / "python", "-m", module, "--help", cwd=tmp_path).returncode == 0


def test_help_lists_the_parts_without_importing_them() -> None:
    done = run(sys.executable, "-X", "importtime", "-m", "console", "--help", PYTHONPATH=str(ROOT))
    assert all(f"\n  {part} " in done.stdout for part in ("index", "web", "redis"))
    assert "flask" not in done.stderr and "numpy" not in done.stderr


@pytest.mark.parametrize("module", ["indexer", "webapp", "redis_local"])
def test_a_python_without_the_requirements_says_what_to_do(module: str) -> None:
    done = run(sys.executable, "-S", "-m", module, PYTHONPATH=str(ROOT))
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert done.stderr.startswith(f"error: {sys.executable} does not have what Profile Search needs: run `make setup`")
    assert f".venv/bin/python -m {module}" in done.stderr
