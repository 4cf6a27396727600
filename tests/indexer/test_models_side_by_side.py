"""Two models in one index, by the command line; and changes while one of them is away."""

import json
from pathlib import Path

import pytest

import redis
from indexer.report import Report
from indexer.watch import Watcher, WatchOptions
from profilesearch.embedding import Encoder
from profilesearch.errors import EncoderError
from profilesearch.fields import Fields
from profilesearch.row import Row
from profilesearch.store import Store, VersionRecord
from tests.indexer.conftest import Warm
from tests.profilesearch.search.small_version import EYE, Told, publish


class Documents(Told):
    """Embeds documents like queries."""

    def encode_documents(self, texts, progress=None):  # type: ignore[no-untyped-def]
        return self.encode_queries(texts)


class Second(Documents):
    """Another model."""

    name, fingerprint = "second", "print of second"


class Both:
    """Both models; the second may be away, or find a text that it cannot stand."""

    def __init__(self) -> None:
        self.away = False

    def of(self, record: VersionRecord) -> Encoder:
        if record.model == "second" and self.away:
            raise EncoderError("model 'second' cannot be reached")
        return {"told": Documents, "second": Second}[record.model]()


@pytest.fixture
def beside(store: Store) -> Store:
    """Two versions, of which the second asks for a further column."""
    rows = [(Row("p1", "one", "nurse"), 0, EYE[0])]
    publish(store, rows, Fields())
    publish(store, rows, Fields(text=("text", "more")), Second)
    return store


def texts(client: redis.Redis, id_: str) -> list[bytes | None]:
    return [client.hget(f"profile:{version}:{id_}", "text") for version in ("v1", "v2")]


def watched(store: Store, encoders: Both) -> Watcher:
    """A watcher that has taken one step, and not waited."""
    store.changes.stream.join("indexer")
    watcher = Watcher(WatchOptions(consumer="me", claim_after=0.1), store, encoders, Report())
    watcher.stop.wait = lambda timeout=None: watcher.stop.set() or True  # type: ignore[method-assign,func-returns-value]
    watcher._handle_all(store.changes.stream.own_pending)
    watcher._step()
    return watcher


def test_a_change_goes_to_both_models_or_to_none(beside: Store, client: redis.Redis) -> None:
    client.xadd("profiles:changes", {"op": "upsert", "id": "p1", "profile": '{"text": "chef", "more": "in Bonn"}'})
    client.xadd("profiles:changes", {"op": "upsert", "id": "p2", "profile": '{"text": "", "more": "only here"}'})
    watched(beside, Both())
    assert texts(client, "p1") == [b"chef", b"chef\nin Bonn"]
    assert texts(client, "p2") == [None, None], "the first has no text of it, so the second has nobody, too"
    (rejected,) = client.xrange("profiles:rejected")
    assert b"v1 (told): text: expected a text" in rejected[1][b"reason"]
    assert [record.changed for record in beside.versions.all_live()] == [1, 1]


def test_while_a_model_is_away_changes_wait_and_none_is_lost(beside: Store, client: redis.Redis) -> None:
    encoders = Both()
    encoders.away = True
    client.xadd("profiles:changes", {"op": "upsert", "id": "p1", "profile": '{"text": "chef"}'})
    watched(beside, encoders)
    assert texts(client, "p1") == [b"nurse", b"nurse"]
    assert client.xpending("profiles:changes", "indexer")["pending"] == 1 and not client.xlen("profiles:rejected")
    encoders.away = False
    watched(beside, encoders)
    assert texts(client, "p1") == [b"chef", b"chef"]
    assert client.xpending("profiles:changes", "indexer")["pending"] == 0


def test_a_batch_made_for_one_model_is_not_applied_to_two(beside: Store) -> None:
    from profilesearch.store import Batch

    first, second = beside.versions.all_live()
    assert not beside.changes.apply(first, Batch(deletes=["p1"]))
    assert not beside.changes.apply(second, Batch(deletes=["p1"]), [(first, [])]), "the default comes first"
    assert beside.changes.apply(first, Batch(deletes=["p1"]), [(second, [])])
    beside.versions.give_up("second")
    assert not beside.changes.apply(first, Batch(deletes=["p1"]), [(second, [])])


def test_two_models_by_the_command_line(
    warm: Warm, small_model: Path, other_model: Path, client: redis.Redis, redis_url: str, tmp_path: Path
) -> None:
    source, first, other = tmp_path / "people.jsonl", str(small_model), str(other_model)

    def write(*names: str) -> None:
        rows = [{"id": f"p{n}", "text": f"{name} number {n}"} for n, name in enumerate(names * 10)]
        source.write_text("".join(json.dumps(row) + "\n" for row in rows))

    def run(*args: str, expected: int = 0) -> str:
        status, out, err = warm.run(redis_url, *args, PROFILESEARCH_MODEL=first)
        assert status == expected, err
        return out + err

    def sizes() -> dict[str, int]:
        hashes = {key.decode().split(":")[1]: client.hget(key, "embedding") for key in client.keys("profile:*")}
        return {version: len(data) // 4 for version, data in hashes.items() if data is not None}

    write("nurse", "chef")
    run("build", str(source))
    said = run("build", str(source), "--model", other)
    assert f"v2 is live for {other}, beside {first} (v1)" in said and f"models default {other}" in said
    assert sizes() == {"v1": 32, "v2": 16} and client.get("profiles:live") == b"v1"
    status = json.loads(warm.run(redis_url, "status", "--json")[1])
    assert status["live"] == "v1" and status["models"] == {first: "v1", other: "v2"}
    assert f"answered by v1 ({first})" in " ".join(run("status").split())

    write("nurse", "lawyer")
    run("sync", str(source))
    assert {client.hget(f"profile:{version}:p1", "text") for version in ("v1", "v2")} == {b"lawyer number 1"}
    assert run("sync", str(source), "--dry-run").count("new 0, changed 0")

    assert "answers searches that name no model" in run("models", "default", other)
    assert client.get("profiles:live") == b"v2" and client.hgetall("profiles:live:models") == {first.encode(): b"v1"}
    assert "expected one with a live version" in run("models", "default", "nobody", expected=1)
    assert f"no earlier version of {other}" in run("rollback", expected=1)
    run("build", str(source), "--keep", "1")
    assert client.get("profiles:live") == b"v2" and sizes() == {"v1": 32, "v2": 16, "v3": 32}
    assert "v1 is live" in run("rollback", "--model", first) and client.get("profiles:live") == b"v2"
    run("prune", "--keep", "0")
    assert sizes() == {"v1": 32, "v2": 16}
    assert "is the default" in run("models", "remove", other, expected=1)
    run("models", "remove", first)
    assert sizes() == {"v2": 16} and not client.exists("profiles:live:models", "profiles:record:v1")
    assert "v4 is live for" not in run("build", str(source), "--model", first, "--default")
    assert client.get("profiles:live") == b"v4" and client.hgetall("profiles:live:models") == {other.encode(): b"v2"}
