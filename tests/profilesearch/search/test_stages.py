"""A search is a list of stages: each adds what it knows, takes its own time, and costs what it must."""

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import pytest

import redis
from profilesearch.row import Row
from profilesearch.search import pipeline as pipelines
from profilesearch.search.comparison import compare
from profilesearch.search.pipeline import HITS, PAGE, RANKING, SearchPipeline
from profilesearch.search.plan import State
from profilesearch.search.reasons import Reason
from profilesearch.search.request import SearchRequest
from profilesearch.search.stages import Tools
from profilesearch.search.stages.rank import Rank
from profilesearch.store import Store
from tests.profilesearch.search.small_version import Told, near, publish


@dataclass(frozen=True)
class LongestTextFirst:
    """A toy reranker, to show that a stage is one class and one entry in a list."""

    name: ClassVar[str] = "rerank"
    tools: Tools

    def run(self, state: State) -> State:
        hits = self.tools.store.profiles.read(state.plan.snapshot.version, state.ranking.candidates)
        order = {hit.id: -len(hit.text) for hit in hits}
        candidates = tuple(sorted(state.ranking.candidates, key=lambda candidate: order[candidate.id]))
        return replace(state, ranking=replace(state.ranking, candidates=candidates))


@pytest.fixture
def searches(store: Store) -> SearchPipeline:
    profiles = [(Row(f"p{n}", f"head {n}", "word " * (n + 1)), n % 2, near(first=0.9 - n / 10)) for n in range(6)]
    publish(store, profiles)
    return SearchPipeline(Told(), store)


def test_a_reranker_is_one_class_and_one_entry_in_a_list(searches: SearchPipeline) -> None:
    after_rank = PAGE.index(Rank) + 1
    stages = (*PAGE[:after_rank], LongestTextFirst, *PAGE[after_rank:])
    request = SearchRequest("x", k=3, mode="off")
    plain, reranked = searches.run(PAGE, request, depth=200), searches.run(stages, request, depth=200)
    assert [result.hit.id for result in plain.results] == ["p0", "p1", "p2"]
    assert [result.hit.id for result in reranked.results] == ["p5", "p4", "p3"]
    assert list(reranked.timings) == ["embed", "terms", "route", "rank", "rerank", "read", "present"]
    assert [result.rank for result in reranked.results] == [1, 2, 3]


def test_time_is_told_by_stage_and_in_all(searches: SearchPipeline) -> None:
    timings = searches.search(SearchRequest("x", k=3)).timings
    assert list(timings) == ["embed", "terms", "route", "rank", "read", "present", "total"]
    assert 0 < sum(time for name, time in timings.items() if name != "total") <= timings["total"]


def commands(client: redis.Redis) -> dict[str, int]:
    return {name: stat["calls"] for name, stat in client.info("commandstats").items()}


def test_lists_cost_what_they_need(searches: SearchPipeline, client: redis.Redis) -> None:
    """Ranking reads no profile, and no list counts profiles or searches a second time."""
    snapshot, spent = searches.snapshot(), {}
    for name, stages in (("ranking", RANKING), ("profiles", HITS), ("page", PAGE)):
        before = commands(client)
        searches.run(stages, SearchRequest("x", k=3, mode="off"), snapshot)
        after = commands(client)
        spent[name] = after.get("cmdstat_hmget", 0) - before.get("cmdstat_hmget", 0)
    assert spent == {"ranking": 0, "profiles": 3, "page": 3}


def test_a_stage_leaves_the_state_that_it_was_given(searches: SearchPipeline) -> None:
    before = searches.run(RANKING, SearchRequest("x", k=3, mode="off"))
    after = HITS[-1](searches.tools).run(before)
    assert len(after.hits) == 3 and before.hits == () and after.ranking is before.ranking


def test_a_comparison_presents_nothing(searches: SearchPipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipelines, "PAGE", None)
    found = compare(searches, SearchRequest("x", k=3, offset=2), searches.snapshot())
    assert [(one.hit.id, one.rank, one.other_rank) for one in found.here] == [
        ("p0", 1, 1),
        ("p2", 2, 3),
        ("p4", 3, None),
    ]
    assert [one.hit.id for one in found.there] == ["p0", "p1", "p2"] and found.lost == 1
    assert [one.moved for one in found.here] == [0, 1, None]


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"k": 6, "mode": "off"}, None),
        ({"k": 9, "mode": "off"}, Reason("few", {"count": 6, "words": 0, "filtered": 0, "everywhere": 1})),
        ({"k": 5, "mode": "predicted"}, Reason("wider", {"count": 5, "filtered": 0})),
        (
            {"k": 5, "mode": "picked", "picked": (1,)},
            Reason("few", {"count": 3, "words": 0, "filtered": 0, "everywhere": 0}),
        ),
    ],
)
def test_reasons_are_codes_with_values(
    searches: SearchPipeline, options: dict[str, Any], reason: Reason | None
) -> None:
    assert searches.search(SearchRequest("x", **options)).reason == reason
