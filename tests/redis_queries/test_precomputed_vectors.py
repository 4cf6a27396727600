"""``hybrid-query.sh`` on people who brought their vectors: what is missing is said, and a known text is answered."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from profilesearch.embedding import PrecomputedEncoder, PrecomputedSpec
from profilesearch.fields import Fields
from profilesearch.row import Row
from profilesearch.store import Store
from tests.profilesearch.search.small_version import EYE, publish
from tests.servers import ROOT, environment


def asked(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    env = environment(url) | {"PYTHON": sys.executable}
    env["PATH"] += f":{Path(sys.executable).parent}"
    command = [str(ROOT / "redis" / "scripts" / "hybrid-query.sh"), *arguments]
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=120, check=False)


def test_a_text_without_a_vector_is_refused_and_a_known_one_answered(
    store: Store, redis_url: str, tmp_path: Path
) -> None:
    if not shutil.which("redis-cli") and not (Path(sys.executable).parent / "redis-cli").exists():
        pytest.skip("no redis-cli: apt install redis-tools")
    file = tmp_path / "known & other.jsonl"
    file.write_text(json.dumps({"text": "who cooks", "vector": EYE[1].tolist()}) + "\n")
    bare, known = PrecomputedSpec("mini"), PrecomputedSpec("mini", queries=str(file))
    for spec in (bare, known):
        rows = [(Row("p1", "nurse", "nurse"), 0, EYE[0]), (Row("p2", "chef", "chef"), 1, EYE[1])]
        publish(store, rows, Fields(vector="mini"), PrecomputedEncoder(spec, None))  # type: ignore[arg-type]
    for cluster in ("auto", "off"):
        refused = asked(redis_url, "who cooks", "--model", bare.name, "--cluster", cluster)
        assert refused.returncode != 0 and "the vectors of precomputed:mini came with the profiles" in refused.stderr
        assert "--query-model" in refused.stderr and "FT.SEARCH" not in refused.stdout
    answered = asked(redis_url, "who cooks", "--model", known.name, "--k", "1")
    assert answered.returncode == 0 and "chef" in answered.stdout and "nurse" not in answered.stdout, answered.stderr
