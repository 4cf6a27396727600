"""Profiles taken apart to weigh words and meaning."""

import numpy as np

from indexer.build.fusion_queries import parted
from indexer.sample.person import compose
from profilesearch.embedding import Encoder
from profilesearch.row import Row
from profilesearch.words.fusion_calibration import blindness_of, calibrate_fusion
from profilesearch.words.statistics import TermStatistics
from profilesearch.words.stemming import indexed_words


def rows(amount: int) -> list[Row]:
    people = [compose(number, 42).values for number in range(1, amount + 1)]
    return [Row(p["id"], p["headline"], "\n".join(p[name] for name in ("headline", "about", "skills"))) for p in people]


def test_a_title_finds_the_texts_of_all_who_have_it_without_their_headlines() -> None:
    some = [Row("1", "Nurse at Nord", "Nurse at Nord\nCares for people in a quiet ward of sixteen beds, nights too"),
            Row("2", "Nurse | nights", "Nurse | nights. Looks after wounds and lines, teaches students at night"),
            Row("3", "Welder", "Welder\nJoins steel and aluminium pipes under high pressure")]  # fmt: skip
    titles = parted(some, TermStatistics.of(row.text for row in some))[0]
    assert (titles.kind, titles.queries) == ("typed", ["nurse", "welder"])
    assert titles.relevant.tolist() == [[True, True, False], [False, False, True]]
    assert not any(row.title in document for row, document in zip(some, titles.documents, strict=True))


def test_halves_are_apart_and_without_rare_words() -> None:
    some = rows(150)
    statistics = TermStatistics.of(row.text for row in some)
    halves = parted(some, statistics)[1]
    assert halves.kind == "text" and halves.relevant.trace() == len(halves.queries) == len(halves.documents) > 100
    for query, document in zip(halves.queries, halves.documents, strict=True):
        assert query != document and len(indexed_words(query, "en")) >= 6
        assert all(count > 1 for count in statistics.documents_with(indexed_words(query, "en")))


def test_bare_titles_cannot_be_taken_apart() -> None:
    assert parted([Row(str(n), "nurse", "nurse") for n in range(50)], TermStatistics.of(["nurse"])) == []


def test_weights_of_the_sample_let_words_count_more_in_long_texts(encoder: Encoder) -> None:
    some = rows(120)
    statistics = TermStatistics.of(row.text for row in some)
    asked = [parts.asked(statistics, encoder) for parts in parted(some, statistics)]
    blindness = blindness_of(encoder.encode_documents([row.text for row in some]), [row.text for row in some])
    found = calibrate_fusion(asked, blindness)
    assert blindness == 0 and {curve.kind for curve in found.curves} == {"typed", "text"}
    assert all(np.isfinite(way.bm25).all() and way.bm25.any() for way in asked)
    assert 0 < found.weights.typed <= found.weights.text
