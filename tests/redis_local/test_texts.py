"""What a text column keeps, however documents change, and that both ways to a query's scores agree."""

import random
from collections import Counter

import numpy as np
import pytest

from redis_local.columns import texts
from redis_local.index import Document, Index
from redis_local.query.evaluator import Evaluator
from redis_local.query.lookup import Options
from redis_local.query.parser import parse
from redis_local.query.scorer import Scorer
from redis_local.schema import Field, IndexDefinition

WORDS = [b"run", b"running", b"runs", b"office", b"officer", b"the", b"kafka", b"spark"]


def index_of(*fields: Field) -> Index:
    return Index(IndexDefinition("i", ("d:",), fields))


def changed(rng: random.Random, index: Index, there: dict[bytes, tuple[bytes, ...]], fields: int) -> None:
    """Store, replace and remove documents at random; ``there`` says what is left."""
    for _ in range(300):
        key = b"d:%d" % rng.randrange(12)
        if rng.random() < 0.25:
            index.remove(key)
            there.pop(key, None)
            continue
        values = tuple(b" ".join(rng.choices(WORDS, k=rng.randrange(20))) for _ in range(fields))
        index.apply([Document(key, values)])
        there[key] = values


@pytest.mark.parametrize("most_dead", [0, 100_000])
def test_counts_after_changes(monkeypatch: pytest.MonkeyPatch, most_dead: int) -> None:
    """Where words occur, in how many documents they are, and lengths; with dead entries dropped at once or never."""
    monkeypatch.setattr(texts, "_MOST_DEAD", most_dead)
    index = index_of(Field("a", "a", "TEXT"), Field("b", "b", "TEXT"))
    there: dict[bytes, tuple[bytes, ...]] = {}
    changed(random.Random(5), index, there, 2)
    assert there
    for place, name in enumerate("ab"):
        column = index.columns[name]
        assert isinstance(column, texts.TextColumn)
        said = {key: [word for word in values[place].split() if word != b"the"] for key, values in there.items()}
        assert column.length == sum(map(len, said.values()))
        for word in set(WORDS) - {b"the"}:
            rows, _ = column.occurrences([index.vocabulary.ids[word]])
            want = Counter({key: words.count(word) for key, words in said.items() if word in words})
            assert Counter(index.key(row) for row in rows.tolist()) == want
    for word in set(WORDS) - {b"the"}:
        having = sum(any(word in value.split() for value in values) for values in there.values())
        assert index.vocabulary.count([index.vocabulary.ids[word]])[0] == having


@pytest.mark.parametrize(
    "query", ["run", "@a:run | kafka", "runs @b:(office|spark)", '"kafka spark"', "off*", "-kafka run"]
)
def test_both_ways_agree(monkeypatch: pytest.MonkeyPatch, query: str) -> None:
    """Over chosen rows the words of the documents or the lists of words are gone through; over all rows the lists."""
    index = index_of(Field("a", "a", "TEXT", weight=2.0), Field("b", "b", "TEXT", nostem=True))
    changed(random.Random(6), index, {}, 2)
    node = parse(query.encode(), 2, index.vocabulary.stopwords)
    everywhere = Evaluator(index, Options(), node)
    mask = everywhere.mask(node)
    found = np.flatnonzero(mask)
    assert len(found)
    scores = []
    for size in (0, 10**9):
        monkeypatch.setattr(texts.TextColumn, "size", lambda self, rows, size=size: size)
        chosen = Evaluator(index, Options(), node, np.arange(index.rows))
        assert np.array_equal(chosen.mask(node), mask)
        scores.append(Scorer(chosen).scores(node, found))
    assert np.allclose(scores[0], scores[1]) and np.all(scores[0] > 0)
