"""Searches by words and meaning: one list for every page, the same clusters and filters for both sides."""

from collections.abc import Sequence
from dataclasses import replace

import hypothesis.strategies as st
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, given, settings

from profilesearch.clusters.calibration import LandmarkCurve
from profilesearch.errors import InvalidRequest
from profilesearch.fields import Fields
from profilesearch.row import Row
from profilesearch.search.facets import FacetCounts
from profilesearch.search.pipeline import SearchPipeline
from profilesearch.search.reasons import Reason
from profilesearch.search.request import MOST_RESULTS, By, SearchRequest
from profilesearch.search.rerankers.reranker import Document, Scores
from profilesearch.search.snapshot import Snapshot
from profilesearch.search.stages.embed import Embed
from profilesearch.search.stages.rank import Rank
from profilesearch.search.stages.route import ChooseClusters
from profilesearch.search.stages.terms import ChooseTerms
from profilesearch.store import Store
from profilesearch.words.bm25 import Bm25
from profilesearch.words.fitted_words import FittedWords
from profilesearch.words.fusion import WordWeights
from profilesearch.words.ranked_lists import Linear
from profilesearch.words.regions import RegionWords
from profilesearch.words.statistics import TermStatistics
from profilesearch.words.tokens import is_indexed, words_in
from tests.profilesearch.search.small_version import Told, near, publish


class EveryWord:
    """Asks for every word of a text."""

    conditions = ("city",)
    statistics = TermStatistics.of(())

    def terms(self, text: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(word for word in words_in(text) if is_indexed(word)))

    def asks_titles(self, terms: tuple[str, ...]) -> bool:
        return len(terms) < 9

    def fusion(self, terms: tuple[str, ...], window: int) -> Linear:
        return Linear(0.2, 0.8, window)

    def in_language(self, language: str) -> "EveryWord":
        return self

    def region_scores(self, terms: tuple[str, ...], cosines: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        return cosines.astype(np.float64)


TITLES = ("product manager", "senior product manager", "nurse", "data engineer", "baker", "ward nurse")


@pytest.fixture
def searches(store: Store) -> SearchPipeline:
    rows = []
    for number in range(60):
        title = TITLES[number % len(TITLES)]
        tags, years = {"city": ("Bonn", "Kiel")[number % 2]}, {"years": float(number % 10)}
        row = Row(
            f"p{number:02}",
            title,
            f"{title} kafka {number}" if number == 59 else f"{title} number {number}",
            tags,
            years,
        )
        rows.append((row, number % 2, near(first=0.95 - number / 100)))
    publish(store, rows, Fields(tags=("city",), numbers=("years",)))
    return SearchPipeline(Told(), store)


@pytest.fixture
def snapshot(searches: SearchPipeline) -> Snapshot:
    return replace(searches.snapshot(), words=EveryWord())


def test_who_has_the_words_comes_first_and_who_is_near_follows(searches: SearchPipeline, snapshot: Snapshot) -> None:
    page = searches.search(SearchRequest("kafka", k=5, mode="off"), snapshot)
    assert [result.hit.id for result in page.results] == ["p59", "p00", "p01", "p02", "p03"]
    first, second = page.results[:2]
    assert first.words is not None and first.words.matched == ("kafka",) and 0 < first.words.share < 1
    assert second.words is not None and second.words.matched == () and second.words.share == second.words.score == 0
    assert first.similarity == pytest.approx(0.36, abs=1e-5) and second.similarity == pytest.approx(0.95, abs=1e-5)
    assert first.score > second.score and page.plan.by == "hybrid"
    by_meaning = searches.search(SearchRequest("kafka", k=5, mode="off", by="meaning"), snapshot)
    assert [result.hit.id for result in by_meaning.results] == [f"p{n:02}" for n in range(5)]
    assert all(result.words is None and result.score == result.similarity for result in by_meaning.results)


def test_whoever_is_exactly_what_was_typed_comes_first(searches: SearchPipeline, snapshot: Snapshot) -> None:
    asked = SearchRequest("Product  Manager", k=30, mode="off")
    page = searches.search(asked, snapshot)
    titled = [result for result in page.results if result.words is not None and result.words.title]
    assert [result.hit.id for result in titled] == [f"p{n:02}" for n in range(0, 60, 6)]
    assert list(page.results[:10]) == titled and {result.hit.title for result in titled} == {"product manager"}
    assert any(result.hit.title == "senior product manager" for result in page.results[10:])
    scores = [result.score for result in page.results]
    assert scores == sorted(scores, reverse=True)
    filtered = searches.search(replace(asked, tags={"city": ["Kiel"]}, k=5), snapshot)
    assert not any(result.words.title for result in filtered.results if result.words is not None)
    beeping = searches.search(SearchRequest("product manager \x07", k=5, mode="off"), snapshot)
    assert len(beeping.results) == 5


def test_what_is_told_of_an_exact_title_is_of_the_score_that_it_has(
    searches: SearchPipeline, snapshot: Snapshot
) -> None:
    request = SearchRequest("product manager", k=1, mode="off")
    (first,) = searches.search(request, snapshot).results
    ranked = searches.run((Embed, ChooseTerms, ChooseClusters, Rank), request, snapshot).ranking
    before = ranked.word_shares[first.hit.id] * ranked.fused[first.hit.id].score
    assert first.words is not None and first.words.title
    assert before and first.words.share == pytest.approx(before / first.score)


def test_the_query_for_titles_is_told(searches: SearchPipeline, snapshot: Snapshot) -> None:
    page = searches.search(SearchRequest("product manager", k=1, mode="off"), snapshot)
    assert "titles:{product\\ manager}" in page.commands[-1][2] and page.commands[-1][0] == "FT.SEARCH"
    long = searches.search(SearchRequest("nurse baker kafka product senior ward data number manager", k=1), snapshot)
    assert not any("titles:" in word for words in long.commands for word in words)


def test_both_forms_of_a_title_are_titles(store: Store) -> None:
    headlines = ("Lehrerin", "Lehrer/Lehrerin", "Lehrer für Physik", "Lehrerin und Autorin", "Fahrlehrer")
    publish(store, [(Row(str(n), each, each), 0, near(first=0.9 - n / 10)) for n, each in enumerate(headlines)])
    searches = SearchPipeline(Told(), store)
    snapshot = replace(searches.snapshot(), words=EveryWord())
    page = searches.search(SearchRequest("Lehrer/Lehrerin", mode="off"), snapshot)
    assert {r.hit.id for r in page.results if r.words is not None and r.words.title} == {"0", "1", "2", "3"}


def test_the_score_of_words_is_unknown_beyond_the_best(store: Store) -> None:
    rows = [(Row(f"p{n:03}", "baker", f"baker {'kafka ' * (n > 2)}kafka"), 0, near(first=0.9)) for n in range(204)]
    rows.append((Row("q", "nurse", "nurse"), 0, near(first=0.95)))
    publish(store, [(row, cluster, near(first=0.99) if row.id == "p000" else vector) for row, cluster, vector in rows])
    searches = SearchPipeline(Told(), store)
    snapshot = replace(searches.snapshot(), words=EveryWord())
    page = searches.search(SearchRequest("kafka", k=MOST_RESULTS, mode="off"), snapshot)
    scores = {result.hit.id: result.words for result in page.results if result.words is not None}
    assert scores["p000"].score is None and scores["p000"].matched == ("kafka",) and scores["p000"].share == 0
    assert scores["q"].score == 0 and scores["q"].matched == ()


def test_words_alone_look_everywhere_and_know_how_near_each_is(searches: SearchPipeline, snapshot: Snapshot) -> None:
    page = searches.search(SearchRequest("nurse", k=30, by="words"), snapshot)
    assert {result.hit.title for result in page.results} == {"nurse", "ward nurse"} and len(page.results) == 20
    assert page.reason == Reason("few", {"count": 20, "words": 1, "filtered": 0, "everywhere": 1})
    for result in page.results:
        assert result.similarity == pytest.approx(0.95 - int(result.hit.id[1:]) / 100, abs=1e-5)
        assert result.words is not None and result.words.share == 1
        assert result.score > 0 and result.words.score == result.score


@pytest.mark.parametrize("by", ["hybrid", "words", "meaning"])
@pytest.mark.parametrize("diversity", [0.0, 0.5])
def test_every_page_is_a_window_into_one_list(
    searches: SearchPipeline, snapshot: Snapshot, by: By, diversity: float
) -> None:
    asked = SearchRequest("product manager", k=7, mode="off", by=by, diversity=diversity)
    whole = searches.search(replace(asked, k=60), snapshot).results
    for offset in (0, 7, 14):
        page = searches.search(replace(asked, offset=offset), snapshot)
        expected = whole[offset : offset + 7]
        assert [(r.rank, r.hit.id) for r in page.results] == [(r.rank, r.hit.id) for r in expected]
        assert page.more == (len(whole) > offset + 7)


def test_both_sides_keep_to_clusters_and_filters(searches: SearchPipeline, snapshot: Snapshot) -> None:
    request = SearchRequest(
        "nurse kafka", k=60, mode="picked", picked=(1,), tags={"city": ["Kiel"]}, numbers={"years": (5, None)}
    )
    hits = [result.hit for result in searches.search(request, snapshot).results]
    assert hits and all(h.cluster == 1 and h.tags["city"] == ("Kiel",) and h.numbers["years"] >= 5 for h in hits)


def test_a_cluster_that_holds_too_few_is_widened(searches: SearchPipeline, snapshot: Snapshot) -> None:
    page = searches.search(SearchRequest("nurse", k=40, mode="predicted"), snapshot)
    assert len(page.results) == 40 and len(page.searched) == 2
    assert page.reason == Reason("wider", {"count": 40, "filtered": 0})


def test_signs_in_the_text_are_kept_to(searches: SearchPipeline, snapshot: Snapshot) -> None:
    page = searches.search(SearchRequest('"product manager" -senior city:Bonn years:<5', k=60, mode="off"), snapshot)
    assert page.results and page.plan.text == "product manager"
    for result in page.results:
        assert (
            result.hit.title == "product manager"
            and result.hit.tags["city"] == ("Bonn",)
            and result.hit.numbers["years"] < 5
        )


@pytest.mark.parametrize(
    ("query", "numbers", "years"),
    [
        ("nurse years:>5", {"years": (2.0, 8.0)}, {6, 7, 8}),
        ("nurse years:<5", {"years": (2.0, None)}, {2, 3, 4}),
        ("nurse years:2-8", {"years": (3.0, 4.0)}, {3, 4}),
        ("nurse years:>5", {"years": (None, 3.0)}, set()),
    ],
)
def test_a_sign_narrows_the_range_of_a_filter(
    searches: SearchPipeline,
    snapshot: Snapshot,
    query: str,
    numbers: dict[str, tuple[float | None, float | None]],
    years: set[int],
) -> None:
    results = searches.search(SearchRequest(query, k=60, mode="off", numbers=numbers), snapshot).results
    assert {result.hit.numbers["years"] for result in results} == years


@pytest.mark.parametrize("every", [frozenset(), frozenset(["city"])])
def test_a_sign_narrows_the_values_of_a_filter(
    searches: SearchPipeline, snapshot: Snapshot, every: frozenset[str]
) -> None:
    asked = SearchRequest("nurse city:Bonn", k=60, mode="off", every=every)
    assert not searches.search(replace(asked, tags={"city": ["Kiel"]}), snapshot).results
    results = searches.search(replace(asked, tags={"city": ["Bonn"]}), snapshot).results
    assert results and {result.hit.tags["city"] for result in results} == {("Bonn",)}
    if not every:
        several = searches.search(replace(asked, tags={"city": ["Kiel", "Bonn"]}), snapshot).results
        assert several and {result.hit.tags["city"] for result in several} == {("Bonn",)}


def test_counts_of_values_are_of_those_that_a_sign_lets_pass(searches: SearchPipeline, snapshot: Snapshot) -> None:
    asked = SearchRequest("nurse city:Bonn years:>5", tags={"city": ["Kiel"]}, numbers={"years": (None, 8.0)})
    (facet,) = FacetCounts(searches.tools.store, snapshot, asked, lambda value: [value]).facets({}, 9, None)
    assert {each.value: each.count for each in facet.values} == {"Bonn": 12, "Kiel": 0}


@pytest.mark.parametrize("query", ["city:Bonn", "-senior city:Bonn years:<5"])
def test_signs_alone_are_kept_to(searches: SearchPipeline, snapshot: Snapshot, query: str) -> None:
    results = searches.search(SearchRequest(query, k=60, mode="off"), snapshot).results
    assert results and all(result.hit.tags["city"] == ("Bonn",) for result in results)


def test_a_version_without_words_is_searched_by_meaning(searches: SearchPipeline) -> None:
    page = searches.search(
        SearchRequest('kafka -baker "nurse"', k=5, mode="off", by="words"), replace(searches.snapshot(), words=None)
    )
    assert page.plan.by == "meaning" and page.notes == (Reason("no_words", {}),) and page.reason is None
    assert [result.hit.id for result in page.results] == [f"p{n:02}" for n in range(5)]


def test_a_text_without_words_is_searched_by_meaning(searches: SearchPipeline, snapshot: Snapshot) -> None:
    page = searches.search(SearchRequest("of the !!", k=5, mode="off"), snapshot)
    assert page.plan.by == "meaning" and page.notes == (Reason("no_terms", {}),) and len(page.results) == 5


def test_people_like_somebody_are_found_by_meaning(searches: SearchPipeline, snapshot: Snapshot) -> None:
    page = searches.search(SearchRequest("", like="p00", k=3, mode="off"), snapshot)
    assert page.plan.by == "meaning" and page.notes == () and [r.hit.id for r in page.results] == ["p01", "p02", "p03"]


@pytest.mark.usefixtures("has_hybrid")
def test_a_long_text_is_looked_for_in_texts_alone(searches: SearchPipeline, snapshot: Snapshot) -> None:
    text = "nurse baker kafka product senior ward data number manager engineer"
    page = searches.search(SearchRequest(text, k=60, mode="off"), snapshot)
    assert [words[0] for words in page.commands] == ["FT.SEARCH", "FT.SEARCH"] and len(page.results) == 60
    assert "@text:(" in page.commands[1][2]
    typed = searches.search(SearchRequest("nurse", mode="off"), snapshot)
    assert [words[0] for words in typed.commands] == ["FT.HYBRID", "FT.SEARCH"] and "(nurse)" in typed.commands[0][3]


class ByTitle:
    """Those with the longest title first."""

    name, depth = "title", 50

    def scores(self, query: str, documents: Sequence[Document]) -> Scores:
        return np.array([len(document.title) for document in documents], np.float64)


class Broken(ByTitle):
    name = "broken"

    def scores(self, query: str, documents: Sequence[Document]) -> Scores:
        raise MemoryError("no room")


def test_a_reranker_is_named_by_the_request(store: Store, searches: SearchPipeline, snapshot: Snapshot) -> None:
    searches = SearchPipeline(Told(), store, [ByTitle(), Broken()])
    request = SearchRequest("nurse", k=3, mode="off")
    plain = searches.search(request, snapshot)
    reranked = searches.search(replace(request, rerank="title"), snapshot)
    assert {result.hit.title for result in reranked.results} == {"senior product manager"}
    assert reranked.timings["rerank"] > 0 and "rerank" not in plain.timings
    failed = searches.search(replace(request, rerank="broken"), snapshot)
    assert [r.hit.id for r in failed.results] == [r.hit.id for r in plain.results]
    assert failed.notes == (Reason("not_reranked", {"count": 50, "name": "broken", "why": "failed"}),)
    alike = SearchRequest("", like="p05", k=3, mode="off", rerank="broken")
    assert searches.search(alike, snapshot).notes == (), "there is no text that a reranker could read"
    with pytest.raises(InvalidRequest, match="rerank: expected none or title, broken, got 'other'"):
        searches.search(replace(request, rerank="other"), snapshot)


def test_variety_takes_who_is_unlike_those_before(searches: SearchPipeline, snapshot: Snapshot) -> None:
    request = SearchRequest("x", k=10, mode="off", by="meaning")
    alike, different = (searches.search(replace(request, diversity=d), snapshot) for d in (0.0, 1.0))
    assert different.results[0].hit.id == "p00" and different.results[1].hit.id == "p59"
    assert [result.hit.id for result in alike.results] == [f"p{n:02}" for n in range(10)]
    assert len({result.hit.id for result in different.results}) == 10


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(
    st.text(
        st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from("\"-:|(){}[]@$%*~=>\\'_ ")),
        min_size=1,
        max_size=40,
    )
)
def test_whatever_is_typed_finds_somebody_or_nobody(searches: SearchPipeline, snapshot: Snapshot, text: str) -> None:
    for by in ("hybrid", "words"):
        page = searches.search(SearchRequest(f"nurse {text}", k=5, by=by, tags={"city": ["Bonn"]}), snapshot)
        assert all("Bonn" in result.hit.tags["city"] for result in page.results)


def test_a_result_has_the_words_that_the_index_found_it_by(searches: SearchPipeline, snapshot: Snapshot) -> None:
    page = searches.search(SearchRequest("nursing wards bakeries", k=60, mode="off"), snapshot)
    matched = {result.hit.title: result.words.matched for result in page.results if result.words is not None}
    assert matched["nurse"] == ("nursing",) and matched["ward nurse"] == ("nursing", "wards")
    assert matched["baker"] == matched["product manager"] == (), "a baker is no bakery to the index"


def test_a_group_that_has_the_words_is_searched_though_the_text_lies_near_another(
    searches: SearchPipeline, snapshot: Snapshot
) -> None:
    """Half of the profiles of the second cluster say kafka, and the text lies in the first."""
    texts = ["baker", "nurse", "kafka", "kafka and more"]
    statistics = TermStatistics.of(texts)
    bm25 = Bm25(statistics, texts)
    regions = RegionWords.of(bm25.terms, bm25.weights, np.array([0, 0, 1, 1]), 2)
    curve = LandmarkCurve(np.ones(2), np.ones(2))
    routed = replace(
        snapshot,
        words=FittedWords(statistics, WordWeights(0.8, 0.8), regions),
        calibration=replace(snapshot.calibration, by_both=curve),
    )
    searched = {
        by: [cluster.id for cluster in searches.search(SearchRequest("kafka", k=5, by=by), routed).searched]
        for by in ("meaning", "hybrid")
    }
    assert searched == {"meaning": [0], "hybrid": [0, 1]}
    assert [cluster.id for cluster in searches.search(SearchRequest("nurse", k=5), routed).searched] == [0]


def test_a_condition_in_the_text_spoils_no_title_and_is_no_word(searches: SearchPipeline, snapshot: Snapshot) -> None:
    """Every other profile is in Bonn, which none of their texts says."""
    page = searches.search(SearchRequest("Nurse in Bonn", k=60, mode="off"), snapshot)
    assert page.plan.terms == ("nurse",) and page.plan.compared == "Nurse"
    titles = [result.hit.title for result in page.results]
    assert set(titles[:10]) == {"nurse"} and "nurse" not in titles[10:]
    assert page.plan.filter.tags == {}, "it is not applied"
    about = searches.search(SearchRequest("Bonn nurse", k=60, mode="off"), snapshot)
    assert about.plan.compared == "Bonn nurse", "there it is part of what is asked for"
