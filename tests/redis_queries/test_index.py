"""``redis/scripts/index``: which index a model's live version has."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from profilesearch.store import Store
from tests.servers import ROOT, environment
from tests.webapp.small_models import Second, Third, version_of

SCRIPT = ROOT / "redis" / "scripts" / "index"


def index(redis_url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    env = environment(redis_url)
    env["PATH"] += f":{Path(sys.executable).parent}"
    return subprocess.run([SCRIPT, *arguments], env=env, capture_output=True, text=True, timeout=120, check=False)


def test_each_model_has_an_index(store: Store, redis_url: str) -> None:
    if not shutil.which("redis-cli") and not (Path(sys.executable).parent / "redis-cli").exists():
        pytest.skip("no redis-cli: apt install redis-tools")
    for model in (Second, Third):
        version_of(store, model)
    told = {name: index(redis_url, *([name] if name else [])).stdout.strip() for name in ("", "second", "third")}
    assert told == {"": "profiles", "second": "profiles:v1", "third": "profiles:v2"}
    unknown = index(redis_url, "fourth")
    assert unknown.returncode == 1 and "expected a model with a live version, got 'fourth'" in unknown.stderr
