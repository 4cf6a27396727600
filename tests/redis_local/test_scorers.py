"""Scores of the scorers other than BM25STD, as search 2.10.5 on Redis 7.4 gave them; BM25 weighs words as search 8 does."""

import pytest

import redis

HASHES = {
    "s:1": {"t": "hello world hello", "b": "foo hello bar", "g": "x", "n": 1},
    "s:2": {"t": "hello there general", "b": "kenobi", "g": "y", "n": 2},
    "s:3": {"t": "world of words the running", "b": "runs run", "g": "x", "n": 3},
    "s:4": {"t": "nothing here at all"},
}
SCORES = [
    ("TFIDF", "hello", {"s:1": 1.0, "s:2": 0.5}),
    ("TFIDF", "hello world", {"s:1": 1.25}),
    ("TFIDF", "run", {"s:3": 4.0}),
    ("TFIDF", "*", {"s:1": 0.25, "s:2": 0.5, "s:3": 0.5, "s:4": 1.0}),
    ("TFIDF", "@g:{x}", {"s:1": 0.25, "s:3": 0.5}),
    ("TFIDF", "hello @n:[1 2]", {"s:1": 1.25, "s:2": 1.0}),
    ("TFIDF", "(hello)=>{$weight:3}", {"s:1": 3.0, "s:2": 1.5}),
    ("TFIDF", "~hello world", {"s:1": 1.25, "s:3": 0.5}),
    ("TFIDF", "-hello", {"s:3": 0.0, "s:4": 0.0}),
    ("TFIDF", "hello|world|run", {"s:1": 1.25, "s:2": 0.5, "s:3": 2.25}),
    ("TFIDF.DOCNORM", "hello", {"s:1": 0.44444, "s:2": 0.25}),
    ("TFIDF.DOCNORM", "hello world", {"s:1": 0.55556}),
    ("TFIDF.DOCNORM", "run", {"s:3": 1.1429}),
    ("TFIDF.DOCNORM", "*", {"s:1": 0.11111, "s:2": 0.25, "s:3": 0.14286, "s:4": 0.33333}),
    ("TFIDF.DOCNORM", "@g:{x}", {"s:1": 0.11111, "s:3": 0.14286}),
    ("TFIDF.DOCNORM", "hello @n:[1 2]", {"s:1": 0.55556, "s:2": 0.5}),
    ("TFIDF.DOCNORM", "(hello)=>{$weight:3}", {"s:1": 1.3333, "s:2": 0.75}),
    ("TFIDF.DOCNORM", "~hello world", {"s:1": 0.55556, "s:3": 0.14286}),
    ("TFIDF.DOCNORM", "-hello", {"s:3": 0.0, "s:4": 0.0}),
    ("TFIDF.DOCNORM", "hello|world|run", {"s:1": 0.55556, "s:2": 0.25, "s:3": 0.64286}),
    ("BM25", "hello", {"s:1": 0.49689, "s:2": 0.19802}),
    ("BM25", "hello world", {"s:1": 0.69491}),
    ("BM25", "run", {"s:3": 1.3223}),
    ("BM25", "*", {"s:1": 0.19802, "s:2": 0.19802, "s:3": 0.19802, "s:4": 0.19802}),
    ("BM25", "@g:{x}", {"s:1": 0.19802, "s:3": 0.19802}),
    ("BM25", "hello @n:[1 2]", {"s:1": 0.69491, "s:2": 0.39604}),
    ("BM25", "(hello)=>{$weight:3}", {"s:1": 1.49068, "s:2": 0.59406}),
    ("BM25", "~hello world", {"s:1": 0.69491, "s:3": 0.19802}),
    ("BM25", "-hello", {"s:3": 0.0, "s:4": 0.0}),
    ("BM25", "hello|world|run", {"s:1": 0.69491, "s:2": 0.19802, "s:3": 0.76017}),
    ("DISMAX", "hello", {"s:1": 4.0, "s:2": 1.0}),
    ("DISMAX", "hello world", {"s:1": 5.0}),
    ("DISMAX", "run", {"s:3": 2.0}),
    ("DISMAX", "*", {"s:1": 1.0, "s:2": 1.0, "s:3": 1.0, "s:4": 1.0}),
    ("DISMAX", "@g:{x}", {"s:1": 1.0, "s:3": 1.0}),
    ("DISMAX", "hello @n:[1 2]", {"s:1": 5.0, "s:2": 2.0}),
    ("DISMAX", "(hello)=>{$weight:3}", {"s:1": 12.0, "s:2": 3.0}),
    ("DISMAX", "~hello world", {"s:1": 5.0, "s:3": 1.0}),
    ("DISMAX", "-hello", {"s:3": 0.0, "s:4": 0.0}),
    ("DISMAX", "hello|world|run", {"s:1": 4.0, "s:2": 1.0, "s:3": 2.0}),
    ("DOCSCORE", "run", {"s:3": 1.0}),
    ("HAMMING", "run", {"s:3": 0.0}),
]


@pytest.fixture
def index(local: redis.Redis) -> redis.Redis:
    schema = "t TEXT b TEXT WEIGHT 2 g TAG n NUMERIC".split()
    local.execute_command("FT.CREATE", "s", "PREFIX", "1", "s:", "SCORE_FIELD", "own", "SCHEMA", *schema)
    for key, hash_ in HASHES.items():
        local.hset(key, mapping=hash_)
    return local


def scores(client: redis.Redis, query: str, scorer: str) -> dict[str, float]:
    reply = client.execute_command("FT.SEARCH", "s", query, "SCORER", scorer, "WITHSCORES", "NOCONTENT", "DIALECT", "2")
    return {key.decode(): float(score) for key, score in zip(reply[1::2], reply[2::2], strict=True)}


@pytest.mark.parametrize(("scorer", "query", "expected"), SCORES)
def test_scores(index: redis.Redis, scorer: str, query: str, expected: dict[str, float]) -> None:
    assert scores(index, query, scorer) == pytest.approx(expected, rel=1e-4)


def test_the_best_come_first(index: redis.Redis) -> None:
    for scorer in ("TFIDF", "TFIDF.DOCNORM", "BM25", "DISMAX"):
        found = list(scores(index, "hello|world|run", scorer).values())
        assert found == sorted(found, reverse=True) and found[0] > found[-1]


def test_a_document_has_a_score_of_its_own(index: redis.Redis) -> None:
    index.hset("s:2", "own", "0.5")
    assert scores(index, "hello", "DOCSCORE") == {"s:1": 1.0, "s:2": 0.5}
    assert scores(index, "hello", "TFIDF") == pytest.approx({"s:1": 1.0, "s:2": 0.25})


@pytest.mark.parametrize("name", ["bm25std", "nope"])
def test_an_unknown_scorer_is_refused(index: redis.Redis, name: str) -> None:
    with pytest.raises(redis.ResponseError, match=f"No such scorer {name}"):
        scores(index, "hello", name)
