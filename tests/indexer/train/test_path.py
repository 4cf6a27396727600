"""From labels to a better model that is live, with no step by hand: once, with a model that is trained in seconds."""

import json
from pathlib import Path

import pytest

from profilesearch.settings import Settings
from profilesearch.store import Store
from tests.indexer.conftest import Warm
from tests.indexer.train.conftest import World, untrained
from tests.servers import wait_until
from webapp.app import create_app

pytest.importorskip("datasets")
pytest.importorskip("accelerate")


def search_and_judge(redis_url: str, store: Store, world: World) -> None:
    """People search for everything in several ways, and say of the first whether they are of the trade."""
    app = create_app(Settings(redis_url=redis_url, model=store.versions.live().model, backend="torch"))
    app.extensions["profilesearch"].wait()
    web = app.test_client()
    experiment = store.experiments.read()
    assert experiment is not None

    def loaded() -> bool:
        return web.get(f"/api/clusters?model={experiment.b.model}").status_code == 200

    wait_until(loaded, what="the other model")
    asked = {
        f"{text}{'!' * often}": trade for trade, texts in world.asked.items() for text in texts for often in range(9)
    }
    for text, trade in asked.items():
        answer = web.get("/api/search", query_string={"q": text, "by": "meaning"}).get_json()
        id_ = answer["results"][0]["id"]
        fits = int(world.trades[id_] == trade)
        web.post("/api/labels", json={"query": text, "id": id_, "grade": fits, "version": answer["version"]})
    wait_until(lambda: (read := store.experiments.read()) and sum(read.searches) == len(asked), what="the log")


def test_labels_make_a_better_model_which_goes_live_and_back(
    warm: Warm, redis_url: str, store: Store, world: World, tiny_model: Path, tmp_path: Path
) -> None:
    def run(*args: object, status: int = 0) -> str:
        came, out, err = warm.run(redis_url, *map(str, args))
        assert came == status, out + err
        return out + err

    base, tuned, merged = str(tiny_model), tmp_path / "tuned", tmp_path / "merged"
    profiles = world.profiles(tmp_path / "people.jsonl")
    run("build", profiles, "--model", base, "--clusters", 2)

    queries, qrels = tmp_path / "queries.jsonl", tmp_path / "qrels.tsv"
    texts = {f"q{trade}-{number}": text for trade, asked in world.asked.items() for number, text in enumerate(asked)}
    queries.write_text("".join(json.dumps({"id": id_, "text": text}) + "\n" for id_, text in texts.items()))
    qrels.write_text(
        "".join(
            f"{query} 0 {person} 1\n"
            for query in texts
            for person, trade in world.trades.items()
            if query.startswith(f"q{trade}-")
        )
    )
    assert "144 labels of local" in run("labels", "import", qrels, "--queries", queries)
    assert "48 labels of synthetic" in run("labels", "make", "sentences")
    told = json.loads(run("labels", "stats", "--json", "--owner", "local", "--owner", "synthetic"))
    assert told["origins"] == {"file": 144, "synthetic": 48}
    occupations = tmp_path / "occupations.jsonl"
    occupations.write_text('{"id": "o1", "title": "nurse", "others": ["carer", "sister"]}\n')
    titles = ("labels", "make", "titles", "--from", occupations, "--text-fields", "title")
    assert "2 labels of synthetic, 2 of them new" in run(*titles, "--titles-field", "others")
    assert "--titles-field" in run(*titles, status=2)
    part, asked = tmp_path / "part.tsv", tmp_path / "part.jsonl"
    run("labels", "export", part, "--queries", asked, "--part", "test", "--test-share", 0.5)
    assert 0 < len(part.read_text().splitlines()) < 144
    train, mined = tmp_path / "train.jsonl", tmp_path / "mined.jsonl"
    run("labels", "export", train)
    run("train", "mine", train, mined, "--live", "--range", "2-40", "--negatives", 1, "--model", base, "--margin", 2)
    assert any(json.loads(line)["neg"] for line in mined.read_text().splitlines())

    run(
        "train", "run", mined, tuned, "--base", base, "--epochs", 25, "--batch-size", 24, "--negatives", 1,
        "--learning-rate", 0.01, "--held-back", 0, "--every", 50,
    )  # fmt: skip
    assert json.loads((tuned / "training.json").read_text())["steps"] > 0
    inside = ("--inside", profiles, queries, qrels)
    told = run("train", "merge", merged, "--base", base, "--tuned", tuned, "--alphas", "0.9", *inside)
    assert "alpha 0.90: inside" in told and "outside" not in told
    assert "is there already" in run("train", "merge", merged, "--tuned", tuned, "--alpha", 0.9, status=1)
    run("train", "report", base, merged, *inside, "--card")
    floor = json.loads((merged / "training.json").read_text())["floor"]["cosine"]

    bad = untrained(tmp_path / "bad", seed=5)
    for model in (merged, bad):
        run("build", profiles, "--model", model, "--clusters", 2)
    judged = ("--queries", queries, "--qrels", qrels, "--metric", "MAP", "--max-slower", 1000)

    assert "answers 50% of the texts" in run("promote", merged, "--share", "50%", *judged)
    assert "running already" in run("promote", bad, "--share", "10%", status=1)
    search_and_judge(redis_url, store, world)
    assert "it runs" in run("promote", "status")
    told = json.loads(run("promote", "report", "--json"))
    assert [side["model"] for side in told["sides"]] == [base, str(merged)] and told["worse"] == []
    assert all(side["searches"] and side["labels"] for side in told["sides"])
    run("promote", "finish", "--drop")
    assert store.versions.live().model == base and store.experiments.read() is None

    assert "REFUSED" not in run("promote", merged, *judged)
    assert store.versions.live().model == str(merged)
    assert store.clusters.read(store.versions.live())[1].floor == pytest.approx(floor)

    assert "REFUSED  speed" in run("promote", bad, "--share", "50%", *judged[:-1], 1e-6, status=4), "nobody sees it"
    assert "bad" in run("promote", bad, "--share", "50%")
    search_and_judge(redis_url, store, world)
    kept = run("promote", "finish", "--take", status=4)
    assert "significantly worse" in kept and store.versions.live().model == str(merged)
    run("promote", "finish", "--drop")

    refused = run("promote", bad, *judged, status=4)
    assert "REFUSED  better" in refused
    assert store.versions.live().model == str(merged)

    run("models", "default", base)
    assert store.versions.live().model == base
