"""From labels to a better model that is live, with no step by hand: once, with a model that is trained in seconds."""

import json
from pathlib import Path

import pytest

from profilesearch.store import Store
from tests.indexer.conftest import Warm
from tests.indexer.train.conftest import World, untrained

pytest.importorskip("datasets")
pytest.importorskip("accelerate")


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

    assert "REFUSED" not in run("promote", merged, *judged)
    assert store.versions.live().model == str(merged)
    assert store.clusters.read(store.versions.live())[1].floor == pytest.approx(floor)

    refused = run("promote", bad, *judged, status=4)
    assert "REFUSED  better" in refused
    assert store.versions.live().model == str(merged)

    run("models", "default", base)
    assert store.versions.live().model == base
