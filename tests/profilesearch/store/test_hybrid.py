"""Words, and words and meaning as one list: the same whoever fuses them."""

import random
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from profilesearch.fields import Fields
from profilesearch.row import Row
from profilesearch.store import Candidate, Filter, KnnQuery, Server, Store, VersionRecord
from profilesearch.store.hybrid import HybridRanker
from profilesearch.store.query import HybridQuery, WordQuery
from profilesearch.store.word_syntax import term
from profilesearch.vector_index import Algorithm, Metric, VectorIndex
from profilesearch.words.ranked_lists import Fused, Fusion, Linear, ReciprocalRank, Scored, closeness, distance_of, fuse
from profilesearch.words.statistics import TermStatistics
from profilesearch.words.stemming import engine_language

VOCABULARY = (
    "product manager marketing nurse ward kafka spark launches berlin roadmap care patients data engineer".split()
)


def publish(store: Store, metric: Metric = "cosine", algorithm: Algorithm = "flat", amount: int = 120) -> VersionRecord:
    chance, rng = random.Random(7), np.random.default_rng(7)
    vectors = VectorIndex(8, metric=metric, algorithm=algorithm)
    record = VersionRecord(store.versions.new_name(), "m", "f", Fields(tags=("city",)), vectors, profiles=amount)
    store.create(record)
    store.indexes.wait(record)  # a scan that meets what is written meanwhile counts it twice in its statistics
    rows = []
    for number in range(amount):
        words = chance.choices(VOCABULARY, k=chance.randrange(3, 30))
        vector = rng.normal(size=8).astype(np.float32)
        row = Row(f"p{number:03}", " ".join(words[:2]), " ".join(words), {"city": chance.choice(["Bonn", "Kiel"])})
        rows.append((row, number % 3, vector / np.linalg.norm(vector)))
    sum(store.profiles.write(record, rows))
    store.indexes.wait(record)
    return record


def query(
    fusion: Fusion, admitted: Filter, terms: tuple[str, ...] = ("kafka", "product manager"), k: int = 40
) -> HybridQuery:
    vector = np.full(8, 8**-0.5, np.float32)
    return HybridQuery(KnnQuery(vector, k, admitted), WordQuery(terms, k, admitted), fusion)


@pytest.mark.parametrize(
    ("language", "texts", "asked", "found"),
    [
        ("zh", ["贷款干事负责审核贷款申请和客户服务", "护士在医院照顾病人"], "贷款干事", [0]),
        ("zh", ["数据库工程师，在上海", "护士在医院照顾病人", "工程管理"], "工程师", [0]),
        ("zh", ["数据库工程师，在上海", "护士在医院照顾病人", "管理数据库"], "数据库管理", [0, 2]),
        ("ja", ["看護師 東京の病院で働く", "データ分析 SQL", "看護師として働く"], "看護師 SQL", [0, 1]),
        ("ko", ["간호사 서울", "데이터 분석"], "간호사", [0]),
        ("en", ["nurse 看護師 in Tokyo", "a baker"], "看護師", [0]),
    ],
)
def test_every_word_that_is_asked_for_is_found(
    store: Store, language: str, texts: list[str], asked: str, found: list[int]
) -> None:
    record = VersionRecord(
        store.versions.new_name(), "m", "f", Fields(), VectorIndex(4), language=engine_language(language)
    )
    store.create(record)
    rows = [Row(str(number), text, text) for number, text in enumerate(texts)]
    sum(store.profiles.write(record, [(row, 0, np.ones(4, np.float32)) for row in rows]))
    store.indexes.wait(record)
    terms = TermStatistics.of(texts, language).select(asked)
    assert {hit.id for hit in store.hybrid.by_words(record, WordQuery(terms, 10))} == set(map(str, found))
    for one in terms:
        assert store.hybrid.by_words(record, WordQuery((one,), 10)), one


def test_a_japanese_text_without_spaces_has_no_word_to_ask_for() -> None:
    statistics = TermStatistics.of(["看護師として東京の病院で働く", "データ分析をしています"], "ja")
    assert statistics.select("看護師") == (), "no index holds it: the search goes by meaning"


FUSIONS = (Linear(0.1, 0.9, 40), Linear(1.0, 0.0, 25), ReciprocalRank(40), ReciprocalRank(10, constant=1))
FILTERS = (
    Filter(),
    Filter((0, 2)),
    Filter((1,), {"city": ["Bonn"]}),
    Filter(phrases=("kafka",), excluded=("ward",)),
)


@pytest.fixture
def record(store: Store) -> VersionRecord:
    return publish(store)


@pytest.mark.usefixtures("has_hybrid")
@pytest.mark.parametrize("fusion", FUSIONS, ids=str)
@pytest.mark.parametrize("admitted", FILTERS, ids=lambda admitted: admitted.text())
def test_the_server_and_the_store_fuse_alike(
    store: Store, record: VersionRecord, fusion: Fusion, admitted: Filter
) -> None:
    assert store.hybrid.server_fuses
    there, here = (
        store.hybrid.by_both(record, query(fusion, admitted)),
        alone(store).by_both(record, query(fusion, admitted)),
    )
    assert len(there) > 5
    assert [entry.id for entry in there] == [entry.id for entry in here]
    for one, other in zip(there, here, strict=True):
        assert one.score == pytest.approx(other.score, abs=1e-6)
        assert (one.words is None) == (other.words is None) and (one.closeness is None) == (other.closeness is None)


@pytest.mark.parametrize(("metric", "algorithm"), [("l2", "flat"), ("ip", "flat"), ("cosine", "hnsw")])
def test_for_every_metric_and_algorithm(store: Store, metric: Metric, algorithm: Algorithm) -> None:
    record = publish(store, metric, algorithm)
    asked = query(FUSIONS[0], Filter())
    there, here = store.hybrid.by_both(record, asked), alone(store).by_both(record, asked)
    assert [entry.id for entry in there] == [entry.id for entry in here]
    nearest = {candidate.id for candidate in store.rank(record, asked.near)}
    assert {entry.id for entry in there if entry.closeness is not None} == nearest


@pytest.mark.parametrize("metric", ["l2", "ip"])
def test_unit_vectors_fuse_alike_under_every_metric(store: Store, record: VersionRecord, metric: Metric) -> None:
    other = publish(store, metric)
    everybody = query(Linear(0.1, 0.9, 120), Filter(), k=120)
    expected, fused = ({entry.id: entry for entry in store.hybrid.by_both(of, everybody)} for of in (record, other))
    assert expected.keys() == fused.keys()
    for id_, entry in expected.items():
        assert fused[id_].score == pytest.approx(entry.score, abs=1e-5)
        assert fused[id_].closeness == pytest.approx(entry.closeness, abs=1e-5)


@pytest.mark.parametrize("metric", ["cosine", "l2", "ip"])
def test_closeness_is_of_the_cosine_and_gives_the_distance_back(metric: Metric) -> None:
    one, other = np.array([1, 0], np.float32), np.array([0.6, 0.8], np.float32)
    distance = VectorIndex(2, metric=metric).distance(one, other)
    assert closeness(distance, metric) == pytest.approx(0.8)
    assert distance_of(closeness(distance, metric), metric) == pytest.approx(distance)


def test_who_is_missing_in_a_full_list_may_count_as_its_last() -> None:
    words, near = [Scored("a", 4.0), Scored("b", 2.0)], [Scored("c", 0.9), Scored("a", 0.8)]
    plain = {entry.id: entry.score for entry in fuse(Linear(0.1, 1.0, 2), words, near)}
    assert plain == pytest.approx({"a": 1.2, "b": 0.2, "c": 0.9})
    counted = {entry.id: entry.score for entry in fuse(Linear(0.1, 1.0, 2, missing_counts=True), words, near)}
    assert counted == pytest.approx({"a": 1.2, "b": 1.0, "c": 1.1})
    short = {entry.id: entry.score for entry in fuse(Linear(0.1, 1.0, 3, missing_counts=True), words, near)}
    assert short == pytest.approx({"a": 1.2, "b": 1.0, "c": 0.9})


def test_fields_that_are_looked_at(store: Store, record: VersionRecord) -> None:
    found = store.hybrid.by_words(record, WordQuery(("kafka",), 200, fields=("headline",)))
    hits = store.profiles.read(record, found)
    assert hits and all("kafka" in hit.title for hit in hits)


class Alone(Server):
    """The same server, taken for one without FT.HYBRID."""

    def has_hybrid(self) -> bool:
        return False


def alone(store: Store) -> HybridRanker:
    """A ranker for a server without FT.HYBRID."""
    return HybridRanker(Alone(store._server._client))


@pytest.mark.usefixtures("has_hybrid")
def test_a_server_without_the_command_is_known_by_its_answer(server: Server) -> None:
    class Old(Server):
        """A server that knows no FT.HYBRID."""

        def run(self, *words: str | bytes | int | float) -> object:
            return super().run("FT.NOSUCH" if words[0] == "FT.HYBRID" else words[0], *words[1:])

    assert not Old(server._client).has_hybrid() and server.has_hybrid()


@pytest.mark.usefixtures("has_hybrid")
def test_an_older_server_may_take_its_place(store: Store, record: VersionRecord) -> None:
    class FailingOver(Server):
        """A server that knows no FT.HYBRID from some time on; what is unknown is the real server's answer."""

        older, refused = False, 0

        def run(self, *words: str | bytes | int | float) -> object:
            unknown = self.older and words[0] == "FT.HYBRID"
            self.refused += unknown
            return super().run("FT.NOSUCH" if unknown else words[0], *words[1:])

    server = FailingOver(store._server._client)
    ranker, asked = HybridRanker(server), query(FUSIONS[0], Filter())
    before = ranker.by_both(record, asked)
    assert ranker.fuses_there(record, asked)
    server.older = True
    for _ in range(2):
        after = ranker.by_both(record, asked)
        assert [entry.id for entry in after] == [entry.id for entry in before]
    assert server.refused == 1 and not ranker.fuses_there(record, asked)


def test_words_alone(store: Store, record: VersionRecord) -> None:
    found = store.hybrid.by_words(record, WordQuery(("kafka",), 50, Filter((0,))))
    hits = {hit.id: hit for hit in store.profiles.read(record, found)}
    assert hits and all("kafka" in hit.text and hit.cluster == 0 for hit in hits.values())
    scores = [candidate.score for candidate in found]
    assert scores == sorted(scores, reverse=True) and scores[-1] > 0


@pytest.mark.usefixtures("has_hybrid")
def test_filters_add_nothing_to_a_score(store: Store, record: VersionRecord) -> None:
    everywhere = {c.id: c.score for c in store.hybrid.by_words(record, WordQuery(("kafka",), 200))}
    filtered = store.hybrid.by_words(record, WordQuery(("kafka",), 200, Filter((0, 1, 2), {"city": ["Bonn"]})))
    assert filtered and all(candidate.score == everywhere[candidate.id] for candidate in filtered)


def test_exact_words_and_excluded_ones(store: Store, record: VersionRecord) -> None:
    vector = np.full(8, 8**-0.5, np.float32)
    admitted = Filter(phrases=("product manager",), excluded=("ward", "kafka spark"))
    hits = store.nearest(record, KnnQuery(vector, 120, admitted))
    everybody = store.nearest(record, KnnQuery(vector, 120))

    def fits(text: str) -> bool:
        return "product manager" in text and "ward" not in text and "kafka spark" not in text

    assert {hit.id for hit in hits} == {hit.id for hit in everybody if fits(hit.text)} != set()
    assert store.counts.total(record, admitted) == len(hits)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("manager", "manager"), ("C++", "c"), ("product-manager", '"product manager"'), ("snake_case", "snake\\_case"),
        ("the", ""), ("head of ward", '"head" "ward"'), ("ISMISSING", ""), ("_", ""), ("看護師", "看護師"), ("e\u0301t\u00e9", "e\u0301té"),
        ("x" * 65, ""),
    ],
)  # fmt: skip
def test_words_are_written_so_that_they_mean_themselves(text: str, written: str) -> None:
    assert term(text) == written


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=12), min_size=1, max_size=4), st.data())
def test_no_text_breaks_a_query_or_leaves_its_filter(store: Store, texts: list[str], data: st.DataObject) -> None:
    if not store.versions.all():
        publish(store, amount=12)
    record = store.versions.all()[0]
    chosen = data.draw(st.sampled_from((("phrases", tuple(texts)), ("excluded", tuple(texts)))))
    more: dict[str, Any] = dict([chosen])
    admitted = Filter((1,), {"city": ["Bonn"]}, **more)
    asked = query(FUSIONS[0], admitted, (*texts, "kafka"), 12)
    found = store.hybrid.by_both(record, asked)
    assert all(
        hit.cluster == 1 and hit.tags["city"] == ("Bonn",)
        for hit in store.profiles.read(record, [_candidate(one) for one in found])
    )
    assert [one.id for one in alone(store).by_both(record, asked)] == [one.id for one in found]


def _candidate(entry: Fused) -> Candidate:
    return Candidate(entry.id, entry.score)


TITLES = (
    "Product manager",
    "Product manager at Nordbank | pricing",
    "Product marketing manager",
    "Manager",
    "São Paulo's own",
)


def test_who_has_exactly_a_title(store: Store) -> None:
    record = VersionRecord(store.versions.new_name(), "m", "f", Fields(tags=("city",)), VectorIndex(2), profiles=5)
    store.create(record)
    near = np.array([1, 0], np.float32)
    assert sum(store.profiles.write(record, ((Row(str(n), t, t), 0, near) for n, t in enumerate(TITLES)))) == 5

    def ids(title: str, admitted: Filter) -> list[str]:
        return [candidate.id for candidate in store.rank(record, KnnQuery(near, 9, admitted.titled(title)))]

    assert ids(" PRODUCT  manager\x00", Filter()) == ["0", "1"]
    assert (
        ids("manager", Filter((0,))) == ["3"]
        and ids("são paulo's own", Filter()) == ["4"]
        and ids("manager", Filter((1,))) == []
    )
    with pytest.raises(ValueError, match="expected a title"):
        Filter().titled("\x00 ")


@pytest.mark.parametrize("language", ["", "german"])
def test_words_have_the_stems_of_the_versions_language(store: Store, language: str) -> None:
    record = VersionRecord(store.versions.new_name(), "m", "f", Fields(), VectorIndex(2), profiles=1, language=language)
    store.create(record)
    sum(store.profiles.write(record, [(Row("1", "h", "Häuser"), 0, np.ones(2, np.float32))]))
    assert bool(store.hybrid.by_words(record, WordQuery(("Haus",), 5))) == (language == "german")
