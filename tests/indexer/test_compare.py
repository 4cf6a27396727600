"""Comparing embedding models: figures that can be checked by hand, and the commands."""

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from indexer.compare.compression import Form, compress, forms_of, transform
from indexer.compare.corpus import Corpus, load_corpus
from indexer.compare.economics import OWN_PRICES, SIZES, bills, load_prices
from indexer.compare.grouping import group
from indexer.compare.pairs import load_pairs
from indexer.compare.questions import Questions, ask
from indexer.compare.retrieval import Asked, overlap, rank, separation
from indexer.compare.similarity import Separation
from indexer.compare.tasks import Candidates, Items, _average_precision, _spearman, load_items, make_items, solve
from indexer.evaluate.measures import measure
from indexer.evaluate.tasks import Task
from profilesearch.errors import SourceError
from profilesearch.vectors import Vectors, unit_rows
from tests.indexer.conftest import Warm

NOWHERE = "redis://127.0.0.1:1/0"
WORDS = {"nurse": 0, "baker": 1, "pilot": 2}


def embed(texts: Sequence[str]) -> Vectors:
    """A direction for each kind of word, and a little for how long the text is."""
    rows = [[*(1.0 if word in text else 0.0 for word in WORDS), len(text) / 1000] for text in texts]
    return unit_rows(rows)


def corpus_of(amount: int) -> Corpus:
    labels = [list(WORDS)[number % 3] for number in range(amount)]
    return Corpus("hand", [f"{n:03}" for n in range(amount)], [f"{x} {'x' * n}" for n, x in enumerate(labels)], labels)


def asked_of(corpus: Corpus) -> Asked:
    judged = {
        word: {id_: int(label == word) for id_, label in zip(corpus.ids, corpus.labels, strict=True)} for word in WORDS
    }
    task = Task("words", {word: word for word in WORDS}, judged)
    return Asked(corpus, Questions(task, {}), embed(corpus.texts), embed(list(WORDS)))


def test_rankings_are_exact_ordered_by_id_where_equal_and_without_what_is_dropped() -> None:
    corpus = Corpus("c", ["b", "a", "c"], ["nurse", "nurse", "baker"])
    questions = Questions(Task("t", {"q": "nurse"}, {"q": {"a": 1}}), {})
    asked = Asked(corpus, questions, embed(corpus.texts), embed(["nurse"]))
    assert rank(asked) == {"q": ["a", "b", "c"]}
    dropped = replace(asked, questions=Questions(questions.task, {"q": frozenset("b")}))
    assert rank(dropped) == {"q": ["a", "c"]}
    assert rank(asked, np.array([0, 1, 1]), np.array([1])) == {"q": ["a", "c"]}
    assert overlap({"q": ["a", "b"]}, {"q": ["b", "c"]}) == 0.5


def test_separation_by_hand() -> None:
    found = Separation.of(np.array([0.9, 0.5]), np.array([0.5, 0.1]))
    assert found.auc == pytest.approx((1 + 1 + 0.5 + 1) / 4)
    assert found.d_prime == pytest.approx(0.4 / 0.2)
    assert sum(found.right.histogram) == pytest.approx(1) and found.right.median == pytest.approx(0.7)
    assert Separation.of(np.ones(2), np.zeros(3)).auc == 1.0
    perfect = separation(asked_of(corpus_of(60)))
    assert perfect.auc == 1.0 and perfect.right.mean > 0.9 > 0.2 > perfect.wrong.mean


def test_clusters_of_what_is_apart_are_pure_and_queries_find_them() -> None:
    found = group(asked_of(corpus_of(60)), 3)
    assert found.purity == 1.0 and found.right == [1.0, 1.0, 1.0]
    assert found.silhouette is not None and found.silhouette > 0.9
    assert group(asked_of(corpus_of(60)), 1).silhouette is None


def test_numbers_are_rounded_as_the_types_are() -> None:
    torch = pytest.importorskip("torch")
    rows = unit_rows(np.random.default_rng(0).normal(size=(50, 32)))
    for type_, kind in (("float16", torch.float16), ("bfloat16", torch.bfloat16)):
        expected = unit_rows(torch.tensor(rows).to(kind).float().numpy())
        assert np.allclose(transform(rows, rows, Form(32, "first", type_))[0], expected, atol=1e-7)  # type: ignore[arg-type]
    whole = transform(rows, rows, Form(32, "first", "int8"))[0]
    assert np.einsum("ij,ij->i", whole, rows).min() > 0.999
    assert not np.array_equal(whole, rows)


def test_fewer_dimensions_cost_recall_unless_the_rest_was_empty() -> None:
    asked = asked_of(corpus_of(60))
    padded = replace(
        asked, documents=np.pad(asked.documents, ((0, 0), (0, 4))), queries=np.pad(asked.queries, ((0, 0), (0, 4)))
    )
    exact = measure(padded.task, rank(padded), {})
    forms = [
        Form(4, "first", "float32"),
        Form(4, "pca", "float32"),
        Form(1, "first", "float32"),
        Form(8, "first", "int8"),
    ]
    first, pca, one, small = compress(padded, forms, exact)
    assert (first.recall, first.bytes, small.bytes) == (1.0, 16, 8)
    assert pca.recall > 0.9 and one.recall < 0.9
    assert first.ndcg.p_value == 1.0
    assert [form.dimension for form in forms_of(8, [8, 4], ["int8", "float32"])] == [8, 4, 4]


def test_six_tasks_on_what_is_apart_are_solved() -> None:
    corpus = corpus_of(60)
    questions = asked_of(corpus).questions
    items = make_items(corpus, questions)
    assert not items.graded  # two grades are no scale
    solved = solve(replace(items, graded=[("nurse", "nurse x", 2.0), ("nurse", "baker", 0.0)]), embed, embed)
    assert solved == {
        "reranking": 1.0,
        "clustering": pytest.approx(1.0),
        "classification": 1.0,
        "pair classification": pytest.approx(1.0),
        "STS": pytest.approx(1.0),
    }
    assert set(solve(Items(), embed, embed).values()) == {None}


def test_tasks_by_hand() -> None:
    wrong = Items(
        reranking=[Candidates("nurse", ["baker"], ["nurse", "pilot"])],
        pairs=[("nurse", "baker", 1.0), ("nurse", "nurse", 0.0)],
        graded=[("nurse", "nurse", 0.0), ("nurse", "baker", 3.0)],
    )
    solved = solve(wrong, embed, embed)
    assert solved["reranking"] == pytest.approx(1 / 3, abs=0.2) and solved["pair classification"] == 0.5
    assert solved["STS"] == pytest.approx(-1)


def test_of_two_texts_that_are_alike_neither_is_a_query() -> None:
    def queries(texts: Sequence[str]) -> np.ndarray:
        return -embed(texts)

    graded = [("nurse", "nurse", 3.0), ("nurse", "baker", 0.0)]
    assert solve(Items(graded=graded), embed, queries)["STS"] == pytest.approx(-1), "a query, and what it asks for"
    assert solve(Items(graded=graded, symmetric=True), embed, queries)["STS"] == pytest.approx(1)


def test_tasks_from_files(tmp_path: Path) -> None:
    (tmp_path / "sts.jsonl").write_text('{"one": "a", "other": "b", "score": 2}\n')
    (tmp_path / "reranking.jsonl").write_text('{"query": "q", "positive": ["a"], "negative": ["b"]}\n')
    made = Items(clustering=[("text", "label")])
    found = load_items(tmp_path, made)
    assert found.graded == [("a", "b", 2.0)] and found.reranking == [Candidates("q", ["a"], ["b"])]
    assert found.clustering == made.clustering
    (tmp_path / "sts.jsonl").write_text('{"one": "a", "other": "b", "score": 2}\n{"one": "a"}\n')
    with pytest.raises(SourceError, match="sts.jsonl:2: not what a line of this task has"):
        load_items(tmp_path, made)


def test_bills_by_hand(tmp_path: Path) -> None:
    prices = load_prices(OWN_PRICES)
    made = {bill.name: bill for bill in bills({"m": 10.0}, {"m": ("L4", 1000.0)}, 200, prices)}
    place = SIZES.index(1_000_000)
    assert made["m"].hours is not None and made["m"].hours[place] == pytest.approx(1e6 / 10 / 3600)
    assert made["m"].dollars[place] == pytest.approx(1e6 / 10 / 3600 * prices.machine)
    assert made["m on L4"].dollars[place] == pytest.approx(1e6 / 1000 / 3600 * prices.gpus["L4"])
    named, card, rate, tokens = prices.measured[0]
    assert made[named].dollars[place] == pytest.approx(1e6 / (rate * tokens / 200) / 3600 * prices.gpus[card])
    service, price = next(iter(prices.services.items()))
    assert made[service].hours is None and made[service].dollars[place] == pytest.approx(200 * price)
    with pytest.raises(SourceError, match="as a GPU with a price, got 'H100'"):
        bills({}, {"m": ("H100", 1.0)}, 200, prices)
    own = tmp_path / "own.toml"
    for before, after in (("0.71", "-1"), ("per_hour = 0.10", ""), ('gpu = "L4"', 'gpu = "L5"'), ("0.71", "inf")):
        own.write_text(OWN_PRICES.read_text().replace(before, after))
        with pytest.raises(SourceError, match="expected date, machine, gpus"):
            load_prices(own)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected texts, got none"),
        ('{"id": "a"}\n', ":1: expected id, text"),
        ('{"id": "a", "text": "t"}\n{"id": "a", "text": "u"}\n', ":2: the id 'a' is there twice"),
        ("[1]\n", "expected a JSON object"),
        ("{\n", "expected a JSON object"),
    ],
)
def test_a_corpus_that_cannot_be_used(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "corpus.jsonl").write_text(text)
    with pytest.raises(SourceError, match=message):
        load_corpus(tmp_path / "corpus.jsonl")


def test_equal_texts_are_dropped_and_only_answerable_queries_stay(tmp_path: Path) -> None:
    corpus = Corpus("c", ["1", "2"], ["nurse", "baker"])
    (tmp_path / "q").write_text('{"id": "a", "text": "nurse"}\n{"id": "b", "text": "baker"}\n')
    (tmp_path / "r").write_text("a 0 1 1\na 0 2 1\nb 0 2 1\nb 0 gone 1\n")
    asked = ask(corpus, tmp_path / "q", tmp_path / "r", 0, drop_equal=True)
    assert asked.task.judged == {"a": {"2": 1}} and asked.dropped["a"] == {"1"}
    assert ask(corpus, tmp_path / "q", tmp_path / "r", 0, drop_equal=False).task.judged["b"] == {"2": 1}


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    corpus = corpus_of(60)
    rows = [{"id": i, "text": t, "label": x} for i, t, x in zip(corpus.ids, corpus.texts, corpus.labels, strict=True)]
    (tmp_path / "c.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "q.jsonl").write_text("".join(json.dumps({"id": word, "text": word}) + "\n" for word in WORDS))
    (tmp_path / "qrels").write_text("".join(f"{row['label']} 0 {row['id']} 1\n" for row in rows))
    return [
        "--corpus",
        str(tmp_path / "c.jsonl"),
        "--queries",
        str(tmp_path / "q.jsonl"),
        "--qrels",
        str(tmp_path / "qrels"),
    ]


def test_the_command_compares_two_models_and_writes_a_page_that_loads_nothing(
    warm: Warm, small_model: Path, files: list[str], tmp_path: Path
) -> None:
    page = tmp_path / "report.html"
    extras = ["--dimensions", "16", "--vector-type", "int8", "--clusters", "3", "--html", str(page), "--json"]
    status, out, err = warm.run(NOWHERE, "compare", "--models", f"{small_model},tfidf-svd", *files, *extras)
    assert status == 0, err
    found: dict[str, Any] = json.loads(out)
    one, baseline = found["models"]
    assert (one["model"], baseline["model"]) == (str(small_model), "tfidf-svd")
    assert baseline["everything"]["metrics"]["nDCG@10"]["mean"] == 1.0 and baseline["purity"] == 1.0
    assert one["everything"]["metrics"]["nDCG@10"]["p_value"] is None
    assert baseline["everything"]["metrics"]["nDCG@10"]["p_value"] is not None
    assert {each["form"]["type"] for each in one["compressed"]} == {"int8", "float32"}
    assert one["cost"]["texts_per_second"] > 0 and math.isfinite(one["similarity"]["d_prime"])
    assert len(found["overlap@10"]) == 1 and len(found["economics"]) > 4
    text = page.read_text()
    assert "<table>" in text and "Plotly.newPlot" in text
    assert "<script src" not in text and "<link" not in text and 'src="http' not in text


def test_the_command_without_files_asks_for_known_texts(warm: Warm, small_model: Path, files: list[str]) -> None:
    options = ["--models", str(small_model), *files[:2], "--sample", "20", "--no-speed"]
    status, out, err = warm.run(NOWHERE, "compare", *options)
    assert status == 0 and "20 queries (20 known texts) over 60 texts" in out, err
    assert "cost on" not in out


def test_pairs(warm: Warm, small_model: Path, tmp_path: Path) -> None:
    status, out, err = warm.run(NOWHERE, "pairs", "--models", str(small_model), "--json")
    assert status == 0, err
    (example,) = json.loads(out)
    assert np.array(example["matrix"]).shape == (2, 2) and example["own_answer_first"] == 1.0
    (tmp_path / "p.csv").write_text("question,answer\nnurse?,nurse!\nbaker?,baker!\npilot?,pilot!\n")
    assert load_pairs(tmp_path / "p.csv").answers == ["nurse!", "baker!", "pilot!"]
    status, out, _ = warm.run(NOWHERE, "pairs", str(tmp_path / "p.csv"), "--models", str(small_model))
    assert status == 0 and "own answer first 100%" in out
    (tmp_path / "p.csv").write_text("question,answer\nnurse?,\n")
    status, _, err = warm.run(NOWHERE, "pairs", str(tmp_path / "p.csv"))
    assert status == 1 and "p.csv:2: expected a question and an answer" in err


def test_metrics_are_those_of_the_fields_own_packages() -> None:
    """What the six tasks compute, computed once more by whoever defines it: trec_eval, scikit-learn, and a formula by hand."""
    import pytrec_eval
    from sklearn.metrics import ndcg_score

    chance = np.random.default_rng(8)
    grades, scores = chance.integers(0, 3, (12, 40)), chance.permutation(480).reshape(12, 40) / 480
    ids = [f"d{number:02}" for number in range(40)]
    judged = {f"q{q}": {id_: int(grade) for id_, grade in zip(ids, row, strict=True)} for q, row in enumerate(grades)}
    found = {f"q{q}": {id_: float(s) for id_, s in zip(ids, row, strict=True)} for q, row in enumerate(scores)}
    theirs = pytrec_eval.RelevanceEvaluator(judged, {"map", "ndcg_cut.10", "recip_rank", "P.10"}).evaluate(found)

    rankings = {query: sorted(some, key=lambda id_: -some[id_]) for query, some in found.items()}
    ours = measure(Task("random", dict.fromkeys(judged, "text"), judged), rankings, {}).per_query
    for name, other in {"MAP": "map", "nDCG@10": "ndcg_cut_10", "MRR": "recip_rank", "P@10": "P_10"}.items():
        assert ours[name] == pytest.approx([theirs[query][other] for query in judged])
    assert ours["nDCG@10"] == pytest.approx([ndcg_score([g], [s], k=10) for g, s in zip(grades, scores, strict=True)])

    fitting = (grades > 0).astype(float)
    for row, some, query in zip(fitting, scores, judged, strict=True):
        assert _average_precision(row.tolist(), some.astype(np.float32)) == pytest.approx(theirs[query]["map"])
    ranks = [np.argsort(np.argsort(each)) for each in (scores[0], scores[1])]
    assert _spearman(scores[0].tolist(), scores[1].astype(np.float32)) == pytest.approx(
        np.asarray(np.corrcoef(ranks))[0, 1]
    )
