"""Everything in redis/ that can be run, run."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from profilesearch.embedding import Encoder
from profilesearch.settings import Settings
from profilesearch.vectors import to_bytes
from tests.servers import ROOT, environment
from webapp.app import create_app

QUERIES = sorted((ROOT / "redis" / "queries").iterdir())


@pytest.fixture(scope="module", autouse=True)
def redis_cli() -> None:
    if not shutil.which("redis-cli") and not (Path(sys.executable).parent / "redis-cli").exists():
        pytest.skip("no redis-cli: apt install redis-tools")


def run(url: str, *command: str) -> str:
    env = environment(url) | {"PYTHON": sys.executable}
    env["PATH"] += f":{Path(sys.executable).parent}"
    done = subprocess.run(command, env=env, capture_output=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


@pytest.fixture(scope="module")
def vector(tmp_path_factory: pytest.TempPathFactory, encoder: Encoder) -> Path:
    path = tmp_path_factory.mktemp("v") / "vector.bin"
    path.write_bytes(to_bytes(encoder.encode_queries(["product marketing manager"])[0]))
    return path


@pytest.mark.parametrize("query", QUERIES, ids=lambda path: path.stem)
def test_every_example_answers(built: str, vector: Path, query: Path) -> None:
    told = run(built, str(query), str(vector))
    assert "ERR" not in told and "Syntax" not in told
    if "words" in query.stem:
        scores = [float(n) for n in re.findall(r"\nscore\n([\d.e-]+)", told)]
        assert 0 < len(scores) <= 10 and scores == sorted(scores, reverse=True) and "\nwords\n" in told
        return
    assert int(told.split()[0]) > 0, told
    if "count" in query.stem:
        counts = [int(n) for n in re.findall(r"profiles\n(\d+)", told)]
        assert sum(counts) == 400 and counts == sorted(counts, reverse=True)
    else:
        distances = [float(n) for n in re.findall(r"distance\n([\d.e-]+)", told)]
        assert 0 < len(distances) <= 10 and distances == sorted(distances)


def test_the_redis_cli_of_the_installation_is_enough(built: str) -> None:
    if not (ROOT / ".venv" / "bin" / "redis-cli").exists():
        pytest.skip("another installation than make setup's")
    env = environment(built) | {"PATH": "/usr/bin:/bin"}
    done = subprocess.run([ROOT / "redis/queries/6-count-by-cluster.sh"], env=env, capture_output=True, text=True)
    assert done.returncode == 0 and "profiles" in done.stdout, done.stderr


@pytest.mark.parametrize(("name", "clusters"), [("2-one-cluster", "7"), ("3-two-clusters", "4|7")])
def test_the_clusters_can_be_named(built: str, vector: Path, name: str, clusters: str) -> None:
    told = run(built, str(ROOT / "redis" / "queries" / f"{name}.sh"), str(vector), clusters)
    searched = re.findall(r"\ncluster\n(\d+)", told)
    assert searched and {*searched} <= {*clusters.split("|")}


def test_there_is_one_of_each_kind() -> None:
    assert [path.stem[2:] for path in QUERIES] == [
        "exact-knn", "one-cluster", "two-clusters", "tags-and-numbers", "within-a-distance", "count-by-cluster",
        "words-and-meaning",
    ]  # fmt: skip
    assert all(path.read_text().startswith("#!/bin/sh\n# ") and path.stat().st_mode & 0o100 for path in QUERIES)


@pytest.mark.parametrize("cluster", ["auto", "predicted", "off", "3", "3,7"])
def test_hybrid_query_finds_what_the_page_finds(built: str, encoder: Encoder, cluster: str) -> None:
    text = "Registered nurse for our intensive care unit; it's 50 % shift work"
    told = run(built, str(ROOT / "redis/scripts/hybrid-query.sh"), text, "--cluster", cluster, "--k", "10")
    assert told.startswith("redis-cli -x FT.SEARCH profiles '")
    ids = re.findall(r"\nid\n(\S+)", told)
    web = create_app(Settings(redis_url=built), encoder).test_client()
    answer = web.get("/api/search", query_string={"q": text, "k": 10, "cluster": cluster, "by": "meaning"}).get_json()
    assert ids == [result["id"] for result in answer["results"]]


def test_hybrid_query_takes_words_too(built: str) -> None:
    script = str(ROOT / "redis/scripts/hybrid-query.sh")
    told = run(built, script, "registered nurse", "--words", "ventilated shift", "--cluster", "off", "--k", "5")
    assert told.startswith("redis-cli -x FT.HYBRID profiles SEARCH '(ventilated|shift)' SCORER")
    assert len(re.findall(r"\nheadline\n", told)) == 5
    told = run(built, script, "registered nurse", "--words", "shift", "--cluster", "3", "--k", "5")
    assert set(re.findall(r"\ncluster\n(\d+)", told)) <= {"3"}


@pytest.mark.parametrize(
    "wrong",
    [
        ("a", "--words", ""),
        ("a", "--words", "a)|(b"),
        (),
        ("a", "b"),
        ("a", "--k", "0"),
        ("a", "--k", "x"),
        ("a", "--cluster", "red"),
        ("a", "--cluster", "3,"),
        ("a", "--what"),
    ],
)
def test_wrong_use_is_explained(built: str, wrong: tuple[str, ...]) -> None:
    done = subprocess.run(
        [ROOT / "redis/scripts/hybrid-query.sh", *wrong], capture_output=True, env=environment(built), check=False
    )
    assert done.returncode == 2 and done.stderr


@pytest.mark.parametrize(
    ("url", "arguments"),
    [
        ("redis://:s3c%2Fret@127.0.0.1:6399/0", "-h 127.0.0.1 -p 6399"),
        ("redis://ada:s3c%2Fret@[::1]/0", "-h ::1 -p 6379 --user ada"),
        (
            "rediss://:s3c%2Fret@h:1/0?ssl_ca_certs=/ca.pem&ssl_cert_reqs=none",
            "-h h -p 1 --tls --cacert /ca.pem --insecure",
        ),
        ("unix://:s3c%2Fret@/run/redis.sock", "-s /run/redis.sock"),
    ],
)
@pytest.mark.parametrize("script", ["queries/1-exact-knn.sh", "queries/6-count-by-cluster.sh", "scripts/cli"])
def test_no_password_stands_among_the_arguments(tmp_path: Path, script: str, url: str, arguments: str) -> None:
    (tmp_path / "redis-cli").write_text('#!/bin/sh\necho "$@"\necho "password $REDISCLI_AUTH"\n')
    (tmp_path / "redis-cli").chmod(0o700)
    (tmp_path / "vector.bin").touch()
    env = environment(url) | {"PATH": f"{tmp_path}:{Path(sys.executable).parent}:/usr/bin:/bin"}
    done = subprocess.run(
        [ROOT / "redis" / script, str(tmp_path / "vector.bin")], env=env, capture_output=True, timeout=60, text=True
    )
    told = done.stdout.splitlines()
    assert told[0].startswith(arguments + " ") and "s3c" not in told[0], done
    assert told[1] == "password s3c/ret"


def test_no_script_gives_redis_cli_a_url() -> None:
    assert not [path for path in (ROOT / "redis").rglob("*.sh") if "redis-cli -u" in path.read_text()]
