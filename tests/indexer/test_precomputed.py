"""Profiles that bring their vectors: built, changed, gone back to and measured, with and without what embeds queries."""

import csv
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import redis
from indexer.build.options import BuildOptions
from indexer.build.publish import publish
from indexer.build.run import Tools, build
from indexer.build.stages import STAGES, BuildStage
from indexer.build.state import BuildState
from indexer.job import Job
from indexer.report import Report
from indexer.sync import SyncOptions, sync
from indexer.targets import Targets
from indexer.upserts import row_of, upserts
from profilesearch.embedding import CachedEncoder, EmbeddingCache, Encoder, compatible, load_encoder
from profilesearch.row import Row
from profilesearch.search.pipeline import HITS, SearchPipeline
from profilesearch.search.request import SearchRequest
from profilesearch.settings import Settings
from profilesearch.store import Batch, BuildLock, Store, Upsert, VersionRecord, connect
from profilesearch.vectors import Vectors, from_bytes, scaled
from tests.indexer.conftest import Warm

ROLES = ("nurse on a ward", "chef in a kitchen", "lawyer at court", "teacher of maths", "driver of trams")


@pytest.fixture(scope="module")
def model(small_model: Path) -> Encoder:
    """The query model, with 32 dimensions."""
    return load_encoder(str(small_model), device="cpu")


def people(model: Encoder, count: int = 60) -> list[dict[str, Any]]:
    """Rows with the model's vectors, and with others of five numbers."""
    texts = [f"{ROLES[n % 5]} with badge {n}" for n in range(count)]
    vectors = model.encode_documents(texts)
    others = np.random.default_rng(3).normal(size=(count, 5))
    return [
        {"id": f"p{n}", "text": text, "mini": mini.tolist(), "five": five.tolist()}
        for n, (text, mini, five) in enumerate(zip(texts, vectors, others, strict=True))
    ]


def write(path: Path, rows: Sequence[dict[str, Any]]) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


class Commands:
    """Runs the command line on one Redis."""

    def __init__(self, warm: Warm, url: str) -> None:
        self._warm, self._url = warm, url

    def __call__(self, *args: str, expected: int = 0) -> str:
        status, out, err = self._warm.run(self._url, *args)
        assert status == expected, err
        return out + err


@pytest.fixture
def run(warm: Warm, client: redis.Redis, redis_url: str) -> Commands:
    return Commands(warm, redis_url)


def stored(client: redis.Redis, id_: str, version: str = "v1") -> Vectors:
    data = client.hget(f"profile:{version}:{id_}", "embedding")
    assert data is not None
    return from_bytes(data, len(data) // 4)


def test_vectors_are_taken_as_they_are_and_scaled(
    run: Commands, client: redis.Redis, model: Encoder, tmp_path: Path
) -> None:
    rows = people(model)
    said = run("build", write(tmp_path / "p.jsonl", rows), "--model", "precomputed:five")
    for row in (rows[0], rows[59]):
        np.testing.assert_allclose(stored(client, row["id"]), scaled(np.array(row["five"], np.float32)), rtol=1e-6)
    assert "60 profiles brought their vectors, of 5 numbers each, in the column five" in said
    assert "not calibrated, since no model embeds queries" in said


@pytest.mark.parametrize("kind", ["jsonl", "csv", "parquet", "fixed"])
def test_every_format_brings_the_same(
    kind: str, run: Commands, client: redis.Redis, store: Store, model: Encoder, tmp_path: Path
) -> None:
    rows = people(model, 30)
    path = tmp_path / f"p.{'parquet' if kind == 'fixed' else kind}"
    if kind == "jsonl":
        write(path, rows)
    elif kind == "csv":
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, ["id", "text", "mini"], extrasaction="ignore")
            writer.writeheader()
            writer.writerows(row | {"mini": json.dumps(row["mini"])} for row in rows)
    else:
        import pyarrow
        import pyarrow.parquet

        type_ = pyarrow.list_(pyarrow.float32(), *([32] if kind == "fixed" else []))
        schema = pyarrow.schema([("id", pyarrow.string()), ("text", pyarrow.string()), ("mini", type_)])
        kept = [{name: row[name] for name in schema.names} for row in rows]
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(kept, schema), path)
    run("build", str(path), "--model", "precomputed:mini")
    np.testing.assert_allclose(stored(client, "p7"), scaled(np.array(rows[7]["mini"], np.float32)), rtol=1e-6)
    assert "new 0, changed 0, unchanged 30" in run("sync", str(path))
    assert store.versions.live().fields.vector == "mini"


@pytest.mark.parametrize(
    ("vector", "came", "expected"),
    [
        (None, "nothing", "a list of 5 numbers, as many as the first row has"),
        ([1.0, 2.0], "2 numbers", "a list of 5 numbers"),
        ([0, 0, 0, 0, 0], "zeros alone", "not all zero"),
        ([1, 2, float("nan"), 4, 5], "nan at place 3", "all finite"),
        ([1, 2, 3, 1e39, 5], "1e+39 at place 4", "all finite"),
        ([1, 2, 3, "4", 5], "'4' at place 4", "a list of 5 numbers"),
        ([1, 2, True, 4, 5], "True at place 3", "a list of 5 numbers"),
        ("near", "'near'", "a list of 5 numbers"),
        ({"a": 1}, "{'a': 1}", "a list of 5 numbers"),
    ],
)
def test_a_row_with_another_vector_is_bad_and_says_where_and_why(
    vector: object, came: str, expected: str, run: Commands, client: redis.Redis, model: Encoder, tmp_path: Path
) -> None:
    rows = people(model, 12)
    rows[5]["five"] = vector
    source = write(tmp_path / "p.jsonl", rows)
    said = run("build", source, "--model", "precomputed:five", expected=1)
    assert "p.jsonl:6: five: expected a list of 5 numbers" in said and expected in said and f"got {came}" in said
    assert not client.exists("profiles:live"), "one bad row refuses the source"
    run("build", source, "--model", "precomputed:five", "--skip-bad-rows")
    assert not client.exists("profile:v1:p5") and client.exists("profile:v1:p11")
    (reject,) = (tmp_path / "p.jsonl.rejects.jsonl").read_text().splitlines()
    assert json.loads(reject)["field"] == "five" and json.loads(reject)["line"] == 6


def test_a_column_that_is_not_there_is_named(run: Commands, model: Encoder, tmp_path: Path) -> None:
    said = run("build", write(tmp_path / "p.jsonl", people(model, 3)), "--model", "precomputed:minilm", expected=1)
    assert "expected a column 'minilm', got id, text, mini, five" in said
    assert "expected the name of a column" in run(
        "build", str(tmp_path / "p.jsonl"), "--model", "precomputed:", expected=1
    )


def test_a_query_model_that_agrees_is_said_to_and_one_that_does_not_is_refused(
    run: Commands, client: redis.Redis, small_model: Path, other_model: Path, model: Encoder, tmp_path: Path
) -> None:
    rows = people(model)
    shuffled = [row | {"wrong": [*row["mini"][1:], row["mini"][0]]} for row in rows]
    source = write(tmp_path / "p.jsonl", shuffled)
    said = run("build", source, "--model", "precomputed:wrong", "--query-model", str(small_model), expected=1)
    assert "expected a mean cosine of at least 0.3" in said and "--query-model names another one" in said
    assert not client.exists("profiles:live") and not client.keys("profile:*")
    said = run("build", source, "--model", "precomputed:mini", "--query-model", str(other_model), expected=1)
    assert "expected a list of 16 numbers, as many as what queries are compared by, got 32 numbers" in said
    said = run("build", source, "--model", "precomputed:mini", "--query-model", str(small_model))
    assert "the query model agrees with the column: mean cosine 1.00" in said and "words count" in said
    assert "not calibrated" not in said


def test_a_query_model_that_nearly_agrees_is_warned_of(
    run: Commands, small_model: Path, model: Encoder, tmp_path: Path
) -> None:
    rows = people(model)
    noise = np.random.default_rng(1).normal(size=(len(rows), 32)) * 0.15
    rows = [row | {"mini": (np.array(row["mini"]) + more).tolist()} for row, more in zip(rows, noise, strict=True)]
    said = run(
        "build", write(tmp_path / "p.jsonl", rows), "--model", "precomputed:mini", "--query-model", str(small_model)
    )
    assert "somewhat other vectors of the same texts" in said


def test_a_changed_vector_is_a_change(run: Commands, client: redis.Redis, model: Encoder, tmp_path: Path) -> None:
    rows = people(model)
    source = write(tmp_path / "p.jsonl", rows)
    run("build", source, "--model", "precomputed:five")
    rows[4]["five"] = [1, 0, 0, 0, 0]
    rows[5]["mini"] = [1.0]  # of another column: none of this version's business
    write(tmp_path / "p.jsonl", rows)
    assert "changed 1" in run("sync", source) and stored(client, "p4").tolist() == [1, 0, 0, 0, 0]
    assert "changed 0" in run("sync", source)
    rows[4]["five"] = [1, 0, 0]
    write(tmp_path / "p.jsonl", rows)
    said = run("sync", source, expected=1)
    assert "five: expected a list of 5 numbers, as many as those of v1, got 3 numbers" in " ".join(said.split())


def test_two_columns_are_two_versions_and_changes_need_both(
    run: Commands, client: redis.Redis, warm: Warm, redis_url: str, small_model: Path, model: Encoder, tmp_path: Path
) -> None:
    rows = people(model)
    source = write(tmp_path / "p.jsonl", rows)
    mini = f"precomputed:mini?model={small_model}"
    run("build", source, "--model", "precomputed:mini", "--query-model", str(small_model))
    assert "v2 is live for precomputed:five, beside" in run("build", source, "--model", "precomputed:five")
    assert json.loads(warm.run(redis_url, "status", "--json")[1])["models"] == {mini: "v1", "precomputed:five": "v2"}
    changed = rows[3] | {"text": "astronaut", "mini": [1.0] + [0] * 31, "five": [0, 1, 0, 0, 0]}
    lacking = {name: value for name, value in (changed | {"id": "p9"}).items() if name != "five"}
    client.xadd("profiles:changes", {"op": "upsert", "id": "p3", "profile": json.dumps(changed)})
    client.xadd("profiles:changes", {"op": "upsert", "id": "p9", "profile": json.dumps(lacking)})
    client.xadd("profiles:changes", {"op": "delete", "id": "p8"})
    watching = warm.start(redis_url, "watch")
    try:
        while client.xlen("profiles:rejected") < 1 or client.exists("profile:v2:p8"):
            client.xread({"profiles:rejected": "$"}, block=20)
    finally:
        import os
        import signal

        os.kill(watching.pid, signal.SIGTERM)
        assert watching.wait() == 0, watching.err.read_text()
    assert stored(client, "p3", "v1").tolist() == [1.0] + [0] * 31
    assert stored(client, "p3", "v2").tolist() == [0, 1, 0, 0, 0]
    assert {client.hget(f"profile:{version}:p3", "text") for version in ("v1", "v2")} == {b"astronaut"}
    ((_, rejected),) = client.xrange("profiles:rejected")
    assert b"v2 (precomputed:five): five: expected a list of 5 numbers" in rejected[b"reason"]
    assert {client.hget(f"profile:{version}:p9", "text") for version in ("v1", "v2")} == {rows[9]["text"].encode()}

    run("models", "default", "precomputed:five")
    run("build", source, "--model", "precomputed:five")
    assert (
        client.get("profiles:live") == b"v3" and not client.exists("profile:v2:p8") and client.exists("profile:v3:p8")
    )
    assert "v2 is live" in run("rollback") and client.get("profiles:live") == b"v2"
    run("prune", "--keep", "0")
    assert {key.decode().split(":")[1] for key in client.keys("profile:*")} == {"v1", "v2"}


class Builds:
    """Builds columns in this process; what is asked for comes before the last one is published."""

    def __init__(self, redis_url: str, folder: Path) -> None:
        self.server = connect(Settings(redis_url=redis_url))
        self.store = Store(self.server)
        self.folder = folder

    def __call__(self, source: str, column: str, meanwhile: Callable[[], object] = lambda: None) -> VersionRecord:
        def publish_later(state: BuildState, job: Job) -> BuildState:
            meanwhile()
            return publish(state, job)

        changed = [BuildStage(one.name, publish_later if one.name == "publish" else one.run) for one in STAGES]
        cache, name = EmbeddingCache(self.folder), f"precomputed:{column}"
        encoder = CachedEncoder(name, lambda: load_encoder(name), cache, None)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("indexer.build.run.STAGES", changed)
            record = build(BuildOptions(source), Tools(self.store, BuildLock(self.server), cache, encoder, Report()))
        cache.close()
        return record


class Columns:
    """What changes versions of columns."""

    def of(self, record: VersionRecord) -> Encoder:
        return load_encoder(record.model)


def test_changes_during_a_build_bring_their_vectors(
    client: redis.Redis, model: Encoder, redis_url: str, tmp_path: Path
) -> None:
    builds = Builds(redis_url, tmp_path)
    rows = people(model)
    source = write(tmp_path / "p.jsonl", rows)
    live = builds(source, "five")

    def change() -> None:
        good = {"id": "p1", "text": "astronaut", "five": [0, 0, 1, 0, 0]}
        short = {"id": "p2", "text": "pilot", "five": [1, 2]}
        target = Targets(builds.store, Columns()).live()[0]
        sent = (row_of(json.dumps(good), "p1", live.fields), json.dumps(good))
        made = upserts([sent], target)
        made.append(Upsert(Row("p2", "pilot", "pilot"), 0, made[0].vector, json.dumps(short)))
        assert builds.store.changes.apply(live, Batch(made))

    record = builds(source, "five", change)
    hit, vector = builds.store.profiles.one(record, "p1")
    assert hit.text == "astronaut" and vector.tolist() == [0, 0, 1, 0, 0]
    assert builds.store.profiles.one(record, "p2")[0].text == rows[2]["text"], "what came for it has too short a vector"
    ((_, rejected),) = client.xrange("profiles:rejected")
    assert b"as many as those of v2" in rejected[b"reason"]


def test_a_sync_during_a_build_brings_every_columns_vector(
    client: redis.Redis, model: Encoder, redis_url: str, tmp_path: Path
) -> None:
    import pyarrow
    import pyarrow.parquet

    def parquet(path: Path, rows: Sequence[dict[str, Any]]) -> str:
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(list(rows)), path)
        return str(path)

    builds = Builds(redis_url, tmp_path)
    rows = people(model, 30)
    source = parquet(tmp_path / "p.parquet", rows)
    for column in ("mini", "five"):
        builds(source, column)
    changed = [*rows[:3], rows[3] | {"text": "astronaut", "five": [0.0, 0, 0, 2, 0]}, *rows[4:]]
    later = parquet(tmp_path / "later.parquet", changed)
    record = builds(source, "five", lambda: sync(SyncOptions(later), builds.store, Columns(), tmp_path, Report()))
    hit, vector = builds.store.profiles.one(record, "p3")
    assert record.version == "v3" and hit.text == "astronaut" and vector.tolist() == [0, 0, 0, 1, 0]
    assert not client.exists("profiles:rejected")


def test_an_interrupted_build_goes_on(
    run: Commands, warm: Warm, client: redis.Redis, redis_url: str, model: Encoder, tmp_path: Path
) -> None:
    source = write(tmp_path / "p.jsonl", people(model, 40))
    run("build", source, "--model", "precomputed:five")
    client.set("profiles:building", "x")
    client.hset("profiles:record:v1", mapping={"state": "building", "written": 20})
    client.delete("profiles:live")
    client.execute_command("FT.ALIASDEL", "profiles")
    for number in range(20, 40):
        client.delete(f"profile:v1:p{number}")
    said = run("build", source, "--model", "precomputed:five")
    assert "going on with v1: 20 of 40 are written" in said and client.get("profiles:live") == b"v1"
    assert len(client.keys("profile:v1:*")) == 40


def test_texts_in_a_file_are_evaluated_and_others_refused(
    run: Commands, redis_url: str, store: Store, model: Encoder, tmp_path: Path
) -> None:
    source = write(tmp_path / "p.jsonl", people(model))
    known = ["lawyer  at court", "chef in a kitchen with 5 years"]
    file = tmp_path / "vectors.jsonl"
    write(
        file,
        [
            {"text": text, "vector": vector.tolist()}
            for text, vector in zip(known, model.encode_queries(known), strict=True)
        ],
    )
    write(tmp_path / "q.jsonl", [{"id": str(n), "text": text} for n, text in enumerate(known)])
    (tmp_path / "qrels.tsv").write_text(
        "".join(f"{q}\t0\tp{n}\t1\n" for q, role in ((0, 2), (1, 1)) for n in range(role, 60, 5))
    )
    said = run("build", source, "--model", "precomputed:mini", "--query-vectors", str(file))
    assert "not calibrated" in said
    name = f"precomputed:mini?queries={file}"
    assert store.versions.live().model == name
    asked = ("--queries", str(tmp_path / "q.jsonl"), "--qrels", str(tmp_path / "qrels.tsv"))
    table = json.loads(run("evaluate", *asked, "--json", "--model", name))
    assert table["queries"] == 2
    said = run("embed", "pilot", "--format", "json", "--model", name, expected=1)
    assert "has vectors of 2 texts, but not of this one" in said and "--query-model" in said
    assert len(json.loads(run("embed", "lawyer at court", "--format", "json", "--model", name))) == 32
    again = run("build", source, "--model", name, "--canaries", str(tmp_path / "q.jsonl"))
    assert "canary queries: 2, overlap@10 with v1: 100%" in again
    write(file, [{"text": text, "vector": [1.0] + [0] * 31} for text in known])
    assert run("embed", known[0], "--format", "json", "--model", name).startswith("[1.0, 0.0"), "not what was cached"
    assert "new 0, changed 0" in run("sync", source), "the file says nothing of the profiles"


def test_what_needs_a_model_says_what_is_missing(run: Commands, model: Encoder, tmp_path: Path) -> None:
    source = write(tmp_path / "p.jsonl", people(model))
    write(tmp_path / "c.jsonl", [{"text": "nurse"}])
    run("build", source, "--model", "precomputed:five")
    assert "no model embeds them" in run(
        "build", source, "--model", "precomputed:five", "--canaries", str(tmp_path / "c.jsonl")
    )
    said = " ".join(run("evaluate", "--sample", "10", "--model", "precomputed:five", expected=1).split())
    assert "the vectors of precomputed:five came with the profiles" in said and "--query-vectors" in said
    assert "one vector for each profile" in run(
        "build", source, "--model", "precomputed:five", "--long-texts", "passages", expected=1
    )
    assert "no vectors for tokens" in run(
        "build", source, "--model", "precomputed:five", "--token-vectors", "4", expected=1
    )
    assert "cannot answer what people type" in run("promote", "precomputed:five", "--share", "10%", expected=1)
    assert "is a column of vectors" in run("compare", "--models", "precomputed:five", "--sample", "5", expected=1)
    assert "go with --model precomputed:COLUMN" in run("build", source, "--query-model", "x", expected=2)


def test_a_column_is_promoted_by_the_gates(
    run: Commands, client: redis.Redis, small_model: Path, model: Encoder, tmp_path: Path
) -> None:
    rows = people(model)
    noise = np.random.default_rng(5).normal(size=(len(rows), 32)) * 0.13
    rows = [row | {"noisy": (np.array(row["mini"]) + more).tolist()} for row, more in zip(rows, noise, strict=True)]
    source = write(tmp_path / "p.jsonl", rows)
    queries = {str(n): role for n, role in enumerate(ROLES)}
    write(tmp_path / "q.jsonl", [{"id": id_, "text": text} for id_, text in queries.items()])
    (tmp_path / "qrels.tsv").write_text("".join(f"{n % 5}\t0\tp{n}\t1\n" for n in range(60)))
    for column in ("noisy", "mini"):
        run("build", source, "--model", f"precomputed:{column}", "--query-model", str(small_model))
    said = run(
        "promote",
        f"precomputed:mini?model={small_model}",
        "--queries",
        str(tmp_path / "q.jsonl"),
        "--qrels",
        str(tmp_path / "qrels.tsv"),
        "--dry-run",
        expected=4,
    )
    assert "nDCG@10" in said and client.get("profiles:live") == b"v1"


def test_fingerprints_are_of_column_dimension_and_query_model(
    small_model: Path, other_model: Path, tmp_path: Path
) -> None:
    file = tmp_path / "v.jsonl"
    write(file, [{"text": "nurse", "vector": [1.0] * 32}])
    names = [
        "precomputed:a",
        "precomputed:b",
        f"precomputed:a?model={small_model}",
        f"precomputed:a?model={other_model}",
        f"precomputed:a?queries={file}",
    ]
    prints = [load_encoder(name, device="cpu").fingerprint for name in names]
    assert not any(compatible(one, other) for n, one in enumerate(prints) for other in prints[:n])
    both = load_encoder(f"precomputed:a?model={small_model}&queries={file}", device="cpu")
    assert compatible(both.fingerprint, prints[2]) and both.fingerprint != prints[2], (
        "the file says nothing of profiles"
    )
    assert compatible(prints[2], load_encoder(names[2], device="cpu", precision="bfloat16").fingerprint)


def test_who_brought_the_models_own_vectors_is_found_as_if_it_had_embedded_them(
    run: Commands, store: Store, small_model: Path, model: Encoder, tmp_path: Path
) -> None:
    source = write(tmp_path / "p.jsonl", people(model))
    run("build", source, "--model", str(small_model))
    run("build", source, "--model", "precomputed:mini", "--query-model", str(small_model))
    embedded, brought = store.versions.all_live()
    encoder = load_encoder(brought.model, device="cpu")
    pipelines = [SearchPipeline(each, store).pinned(of) for each, of in ((model, embedded), (encoder, brought))]
    for query in (*ROLES, "somebody with badge 7"):
        requests = SearchRequest(query, k=10), SearchRequest(query, k=10, by="meaning", mode="off")
        for request in requests:
            ours, theirs = ([hit.id for hit in each.run(HITS, request).hits] for each in pipelines)
            assert ours == theirs, query


def test_brought_vectors_are_made_smaller_and_changed_as_whole_ones(
    run: Commands, store: Store, model: Encoder, tmp_path: Path
) -> None:
    rows = people(model)
    source = write(tmp_path / "p.jsonl", rows)
    smaller = ("--dimensions", "16", "--reduce", "matryoshka", "--min-recall", "0")
    run("build", source, "--model", "precomputed:mini", *smaller)
    record = store.versions.live()
    assert record.vectors.dimension == 16 and len(store.profiles.one(record, "p3")[1]) == 16
    rows[3]["mini"] = [0.0, 3.0] + [0.0] * 30
    write(tmp_path / "p.jsonl", rows)
    assert "changed 1" in run("sync", source)
    assert store.profiles.one(record, "p3")[1].tolist() == [0, 1] + [0] * 14
    said = run("build", source, "--model", "precomputed:five", "--dimensions", "16", expected=1)
    assert "gives vectors of 5 numbers" in said
