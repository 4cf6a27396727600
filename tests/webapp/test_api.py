"""The JSON API."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient

import redis
from profilesearch.embedding import Encoder
from profilesearch.settings import Settings
from profilesearch.store import Candidate, KnnQuery, Store, VersionRecord, connect
from tests.servers import environment, wait_until


def search(web: FlaskClient, **query: Any) -> dict[str, Any]:
    reply = web.get("/api/search", query_string=query)
    assert reply.status_code == 200, reply.text
    answer: dict[str, Any] = reply.get_json()
    return answer


def test_the_answer_has_the_shape_that_is_promised(web: FlaskClient) -> None:
    answer = search(web, q="product marketing manager", k=5)
    assert set(answer) == {"query", "version", "model", "cluster", "requested", "returned", "reason", "results", "timings_ms",
                           "redis_cli"}  # fmt: skip
    assert (answer["version"], answer["model"], answer["requested"], answer["returned"]) == (
        "v1",
        "all-MiniLM-L6-v2",
        5,
        5,
    )
    assert answer["reason"] is None
    assert set(answer["timings_ms"]) == {"embed", "route", "redis", "total"}
    assert answer["cluster"]["mode"] == "auto"
    assert answer["cluster"]["searched"][0] == answer["cluster"]["predicted"]
    searched = {cluster["id"] for cluster in answer["cluster"]["searched"]}
    assert set(answer["cluster"]["predicted"]) == {"id", "label", "size", "distance"}
    for rank, result in enumerate(answer["results"], 1):
        assert {"rank", "id", "headline", "snippet", "similarity", "distance", "cluster", "tags"} <= set(result)
        assert result["rank"] == rank
        assert result["cluster"] in searched
        assert result["similarity"] == pytest.approx(1 - result["distance"], abs=1e-5)
    scores = [result["score"] for result in answer["results"]]
    assert scores == sorted(scores, reverse=True)
    assert all(set(result["words"]) == {"score", "share", "matched", "title"} for result in answer["results"])
    assert answer["results"][0]["words"]["title"] and answer["results"][0]["words"]["matched"]


def test_a_profile_that_is_removed_between_ranking_and_reading(
    app: Flask, web: FlaskClient, built: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = app.extensions["profilesearch"].store
    rank, removed = store.rank, {}
    with redis.Redis.from_url(built, protocol=2) as client:

        def rank_and_remove_the_first(record: VersionRecord, query: KnnQuery) -> list[Candidate]:
            found: list[Candidate] = rank(record, query)
            key = record.key(found[0].id)
            removed[key] = client.dump(key)
            client.delete(key)
            return found

        monkeypatch.setattr(store, "rank", rank_and_remove_the_first)
        answer = search(web, q="registered nurse", k=5, by="meaning")
        for key, dumped in removed.items():
            client.restore(key, 0, dumped)
    assert (answer["requested"], answer["returned"]) == (5, 4)
    assert answer["reason"] == "1 of the profiles found was removed meanwhile or is damaged, and left out"


def test_off_searches_everything_and_agrees_with_exact_search(
    web: FlaskClient, built: str, sample: Path, encoder: Encoder
) -> None:
    import json

    answer = search(web, q="data engineer with kafka", cluster="off", k=20, by="meaning")
    store = Store(connect(Settings(redis_url=built)))
    record = store.versions.live()
    people = [json.loads(line)["id"] for line in (sample / "profiles.jsonl").read_text().splitlines()]
    vectors = np.stack([store.profiles.one(record, id_)[1] for id_ in people])
    exact = vectors @ encoder.encode_queries(["data engineer with kafka"])[0]
    best = np.argsort(-exact, kind="stable")[:20]
    assert np.allclose([result["similarity"] for result in answer["results"]], exact[best], atol=1e-4)
    assert {result["id"] for result in answer["results"][:15]} <= {people[i] for i in best}
    assert len({result["cluster"] for result in answer["results"]}) > 1
    assert len(answer["cluster"]["searched"]) == 10


def test_clusters_picked_by_hand_and_probes(web: FlaskClient) -> None:
    assert {r["cluster"] for r in search(web, q="nurse", cluster="1,4", k=50)["results"]} == {1, 4}
    two = search(web, q="nurse", cluster="predicted", probes=2)
    assert len(two["cluster"]["searched"]) == 2
    assert len(search(web, q="nurse", cluster="auto", probes=3, k=5)["cluster"]["searched"]) == 3
    distances = [cluster["distance"] for cluster in search(web, q="nurse", cluster="off")["cluster"]["searched"]]
    assert distances == sorted(distances)


def test_too_few_in_the_cluster_goes_on_to_the_next(web: FlaskClient) -> None:
    """Everybody of the predicted cluster is found, others say where they are from, and all in order of distance."""
    size = search(web, q="nurse")["cluster"]["predicted"]["size"]
    answer = search(web, q="nurse", cluster="predicted", k=150, explain=1, by="meaning")
    assert size < 150 == answer["returned"]
    assert len(answer["cluster"]["searched"]) > 1
    assert (
        answer["explain"]["expected_recall"]
        > search(web, q="nurse", cluster="predicted", explain=1)["explain"]["expected_recall"]
    )
    assert "the next nearest were searched too" in answer["reason"]
    home = answer["cluster"]["predicted"]["id"]
    assert all(result["beyond"] == (result["cluster"] != home) for result in answer["results"])
    assert 0 < sum(result["beyond"] for result in answer["results"])
    distances = [result["distance"] for result in answer["results"]]
    assert distances == sorted(distances)


@pytest.mark.usefixtures("has_hybrid")
def test_filters_that_leave_few_go_on_until_enough_or_the_end(web: FlaskClient) -> None:
    enough = search(web, q="nurse", seniority="lead", k=40)
    assert enough["returned"] == 40 and enough["cluster"]["searched"][0] == enough["cluster"]["predicted"]
    everybody = search(web, q="nurse", location="Berlin", cluster="off", k=200)
    few = search(web, q="nurse", location="Berlin", k=200)
    assert [r["id"] for r in few["results"]] == [r["id"] for r in everybody["results"]]
    assert few["reason"] == f"there are only {few['returned']} profiles that pass the filters"
    none = search(web, q="nurse", location="Atlantis", explain=1)
    assert none["returned"] == 0 and none["reason"] == "there is no profile that passes the filters"
    assert len(none["cluster"]["searched"]) == 10 and none["explain"]["expected_recall"] == 1


def test_clusters_picked_by_hand_are_kept_to(web: FlaskClient) -> None:
    answer = search(web, q="nurse", cluster="2", k=200)
    assert {result["cluster"] for result in answer["results"]} == {2}
    assert answer["reason"] == f"there are only {answer['returned']} profiles in the searched clusters"


def test_auto_searches_as_many_clusters_as_the_recall_needs(web: FlaskClient) -> None:
    searched = [len(search(web, q="manager of something", cluster="auto", target_recall=t)["cluster"]["searched"])
                for t in (0.3, 0.8, 0.95, 1)]  # fmt: skip
    assert searched == sorted(searched) and searched[0] >= 1 and searched[-1] == 10


def test_the_page_after_the_last_one_is_not_offered(web: FlaskClient) -> None:
    """A group of fewer people than pages ask for ends where it ends, and says that others were not searched."""
    size = search(web, q="nurse")["cluster"]["predicted"]["size"]
    assert 10 < size < 190
    last = search(web, q="nurse", cluster="predicted", k=10, offset=size - 5)
    assert last["returned"] == 5
    assert last["reason"] == f"there are only {size} profiles in the searched clusters"
    pages = {
        offset: web.get(f"/?q=nurse&cluster=predicted&k=10&offset={offset}").text for offset in (size - 11, size - 10)
    }
    assert 'rel="next"' in pages[size - 11] and 'rel="next"' not in pages[size - 10]


def test_the_default_finds_who_everybody_finds(web: FlaskClient, sample: Path) -> None:
    """Every role, typed as a recruiter would: the default loses nobody among the first ten that matters."""
    roles = sorted({json.loads(line)["role"] for line in (sample / "profiles.jsonl").read_text().splitlines()})

    def precision(role: str, **options: str) -> float:
        results = search(web, q=role, k=10, **options)["results"]
        return float(sum(result["tags"]["role"] == [role] for result in results))

    default, everybody = ([precision(role, **way) for role in roles] for way in ({}, {"cluster": "off"}))
    assert sum(default) >= sum(everybody) - 0.01 * 10 * len(roles)
    assert max(e - d for d, e in zip(default, everybody, strict=True)) <= 2


def test_every_query_is_recorded_the_latest_first(web: FlaskClient, app: Flask) -> None:
    recent = app.extensions["profilesearch"].store.recent
    for query in ("first question", "second question", "first question"):
        search(web, q=query, k=1)
    wait_until(lambda: recent.all()[:2] == ["first question", "second question"], what="both being remembered")


@pytest.mark.usefixtures("has_hybrid")
def test_explain(web: FlaskClient, built: str) -> None:
    answer = search(web, q="teacher of mathematics", cluster="auto", explain=1, seniority="senior")
    told = answer["explain"]
    assert set(told) == {
        "clusters",
        "candidates",
        "ft_search",
        "commands",
        "ranked_by",
        "terms",
        "language",
        "notes",
        "expected_recall",
        "floor",
    }
    assert len(told["clusters"]) == 10
    searched = [cluster["id"] for cluster in told["clusters"] if cluster["searched"]]
    assert searched == [cluster["id"] for cluster in answer["cluster"]["searched"]]
    assert answer["returned"] <= told["candidates"] < 400
    assert 0.95 <= told["expected_recall"] <= 1
    assert told["ranked_by"] == "hybrid" and set(told["terms"]) == {"teacher", "mathematics"} and told["notes"] == []
    assert told["language"] == "en"
    assert told["ft_search"][:2] == ["FT.HYBRID", "profiles:v1"] and told["commands"][0] == told["ft_search"]
    assert "@seniority:{senior}" in told["ft_search"][3]
    by_meaning = search(web, q="teacher of mathematics", explain=1, seniority="senior", by="meaning")["explain"]
    assert by_meaning["ft_search"][:2] == ["FT.SEARCH", "profiles:v1"] and by_meaning["terms"] == []
    assert "@seniority:{senior}" in by_meaning["ft_search"][2]
    assert "explain" not in search(web, q="x", explain=0)


def test_long_texts_are_searched_by_their_telling_words(web: FlaskClient, sample: Path) -> None:
    """A job description finds who it describes at least as well as its meaning alone does."""
    queries = [json.loads(line) for line in (sample / "queries.jsonl").read_text().splitlines()]
    grades = {
        tuple(line.split()[::2]): int(line.split()[3]) for line in (sample / "qrels.tsv").read_text().splitlines()
    }

    def found(by: str) -> int:
        return sum(
            grades.get((query["id"], result["id"]), 0) > 0
            for query in queries
            for result in search(web, q=query["text"], k=10, by=by)["results"]
        )

    assert found("hybrid") >= found("meaning") > 0


def test_exact_words_and_words_that_must_not_be_there(web: FlaskClient) -> None:
    answer = search(web, q='"product manager" -senior', k=50, cluster="off")
    people = [web.get("/api/profiles", query_string={"id": result["id"]}).get_json() for result in answer["results"]]
    texts = [f"{person['headline']} {person['text']}".lower() for person in people]
    assert texts and all("product manager" in text and " senior " not in text for text in texts)


def test_more_like_this(web: FlaskClient) -> None:
    first = search(web, q="civil engineer", k=1)["results"][0]
    alike = search(web, like=first["id"], k=10)
    assert alike["returned"] == 10 and first["id"] not in [result["id"] for result in alike["results"]]
    assert alike["results"][0]["similarity"] > 0.5
    missing = web.get("/api/search?like=nobody")
    assert missing.status_code == 404 and missing.get_json()["error"]["field"] == "like"
    assert web.get("/api/search?like=p000001&q=x").get_json()["error"]["field"] == "like"


def test_weak_results_are_marked(web: FlaskClient) -> None:
    """What random pairs reach means little, and a text about nothing in particular finds nothing else."""
    answer = search(web, q="registered nurse", cluster="off", k=200, explain=1)
    floor = answer["explain"]["floor"]
    assert 0 < floor < 0.8
    assert all(result["weak"] == (result["similarity"] < floor) for result in answer["results"])
    assert not answer["results"][0]["weak"]
    assert all(result["weak"] for result in search(web, q="zxqv 12345 ~~~~", k=5)["results"])


def test_filters(web: FlaskClient) -> None:
    for result in search(web, q="manager", cluster="off", location=["Berlin", "São Paulo"], years_min=5, years_max=9)[
        "results"
    ]:
        assert result["tags"]["location"][0] in ("Berlin", "São Paulo") and 5 <= result["numbers"]["years"] <= 9


def test_a_number_may_be_of_any_size(web: FlaskClient) -> None:
    """The query language knows no plus sign in an exponent."""
    assert search(web, q="nurse", years_min="1e17")["returned"] == 0
    assert search(web, q="nurse", years_max="1e17", years_min="-1e300", k=50)["returned"] == 50


def test_pages_are_windows_into_one_list(web: FlaskClient) -> None:
    whole = search(web, q="engineer", k=30, cluster="off")["results"]
    for offset in (0, 7, 21):
        page = search(web, q="engineer", k=7, offset=offset, cluster="off")["results"]
        assert [(r["rank"], r["id"]) for r in page] == [(r["rank"], r["id"]) for r in whole[offset : offset + 7]]


@pytest.mark.parametrize(
    ("query", "field", "message"),
    [
        ({}, "q", "got nothing"),
        ({"q": " \n"}, "q", "got nothing"),
        ({"q": "x" * 8001}, "q", "at most 8000 characters, got 8001"),
        ({"q": "x", "k": "0"}, "k", "from 1 to 200, got 0"),
        ({"q": "x", "k": "201"}, "k", "from 1 to 200"),
        ({"q": "x", "k": "ten"}, "k", "a whole number, got 'ten'"),
        ({"q": "x", "k": "-1"}, "k", "a whole number"),
        ({"q": "x", "k": "٣"}, "k", "a whole number"),
        ({"q": "x", "offset": "190"}, "offset", "0 to 170"),
        ({"q": "x", "cluster": "red"}, "cluster", "auto, predicted, off, or numbers"),
        ({"q": "x", "cluster": "3,99"}, "cluster", "from 0 to 9, got 99"),
        ({"q": "x", "by": "magic"}, "by", "hybrid, meaning or words, got 'magic'"),
        ({"q": "x", "diversity": "1.5"}, "diversity", "from 0 to 1, got 1.5"),
        ({"q": "x", "rerank": "magic"}, "rerank", "expected none"),
        ({"q": "x", "probes": "0"}, "probes", "1 or more"),
        ({"q": "x", "target_recall": "0"}, "target_recall", "above 0 and up to 1"),
        ({"q": "x", "target_recall": "1.5"}, "target_recall", "above 0 and up to 1"),
        ({"q": "x", "years_min": "five"}, "years_min", "a number, got 'five'"),
        ({"q": "x", "years_min": "nan"}, "years_min", "a number"),
        ({"q": "x", "years_min": "9", "years_max": "5"}, "years_min", "at most years_max"),
        ({"q": "x", "location": "a\x07b"}, "location", "a control character"),
        ({"q": "x", "shoe_size": "43"}, "shoe_size", "no such parameter; there are q, like, k"),
    ],
)
def test_bad_requests_name_the_field(web: FlaskClient, query: dict[str, Any], field: str, message: str) -> None:
    reply = web.get("/api/search", query_string=query)
    assert reply.status_code == 400
    error = reply.get_json()["error"]
    assert error["code"] == "bad_request" and error["field"] == field and message in error["message"]


def test_one_profile(web: FlaskClient) -> None:
    person = web.get("/api/profiles/p000001").get_json()
    assert person["id"] == "p000001" and person["text"] and person["tags"]["role"] and person["version"] == "v1"
    missing = web.get("/api/profiles/nobody")
    assert missing.status_code == 404 and missing.get_json()["error"]["code"] == "not_found"


def test_clusters(web: FlaskClient) -> None:
    answer = web.get("/api/clusters").get_json()
    assert [cluster["id"] for cluster in answer["clusters"]] == list(range(10))
    assert sum(cluster["size"] for cluster in answer["clusters"]) == 400


def test_health(web: FlaskClient) -> None:
    assert web.get("/healthz").get_json() == {"status": "ok"}
    assert web.get("/readyz").get_json()["version"] == "v1"


def test_unknown_addresses_are_json_too(web: FlaskClient) -> None:
    reply = web.get("/api/nothing")
    assert reply.status_code == 404 and reply.get_json()["error"]["code"] == "not_found"


@pytest.mark.parametrize("by", ["hybrid", "meaning", "words"])
def test_the_command_can_be_pasted_and_finds_the_same(
    web: FlaskClient, built: str, by: str, request: pytest.FixtureRequest
) -> None:
    if by == "hybrid":
        request.getfixturevalue("has_hybrid")  # without it a search is several commands
    answer = search(web, q="warehouse manager, forklifts", k=10, by=by)
    env = environment(built)
    import sys

    env["PATH"] += f":{Path(sys.executable).parent}"
    done = subprocess.run(["sh", "-c", answer["redis_cli"]], capture_output=True, env=env, check=False)
    assert done.returncode == 0, done.stderr
    ids = [word.removeprefix("profile:v1:") for word in done.stdout.decode().split() if word.startswith("profile:v1:")]
    assert ids == [result["id"] for result in answer["results"]]


def test_ties_at_the_end_of_a_page_are_ordered_alike_on_every_page(
    redis_url: str, store: Store, encoder: Encoder, build: Callable[..., VersionRecord], tmp_path: Path
) -> None:
    """A hundred people with the same text: the pages together are all of them, by id."""
    import json

    from webapp.app import create_app

    source = tmp_path / "a.jsonl"
    people = [json.dumps({"id": f"{n:03}", "text": "the same baker" if n % 2 else "another nurse"}) for n in range(120)]
    source.write_text("\n".join(reversed(people)))
    build(source, clusters=2)
    web = create_app(Settings(redis_url=redis_url), encoder).test_client()
    found = [r["id"] for offset in range(0, 60, 7) for r in search(web, q="baker", k=7, offset=offset)["results"]]
    assert found[:60] == [f"{n:03}" for n in range(1, 120, 2)]
