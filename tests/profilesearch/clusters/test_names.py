"""Names of clusters: a recruiter knows from the name who is in it."""

import numpy as np
import pytest

from profilesearch.clusters.names import name_clusters
from profilesearch.row import Row
from profilesearch.tags import join_tags

ROLES = ("nurse", "data engineer", "violinist")
HEADLINES = ("Registered nurse at {}", "Data engineer, formerly at {}", "Violinist in {}")
TEXTS = ("I hang ventilators on the ward", "I run kafka pipelines", "I play a violin concerto")
CITIES = ("Berlin", "Wien", "Zürich")


def people(amount: int = 90, headline: str | None = None, tags: bool = True) -> tuple[list[Row], np.ndarray]:
    kinds = np.arange(amount) % 3
    rows = [
        Row(
            str(n),
            headline if headline is not None else HEADLINES[kind].format(CITIES[n // 3 % 3]),
            f"An experienced person. {TEXTS[kind]}. Number {n}",
            {"role": join_tags([ROLES[kind]]), "city": join_tags([CITIES[n // 3 % 3]])} if tags else {},
        )
        for n, kind in enumerate(kinds)
    ]
    return rows, kinds


def test_tags_and_headlines_name_a_cluster() -> None:
    names = name_clusters(*people(), 3)
    for name, role in zip(names, ROLES, strict=True):
        assert role in name.split(" · ") or any(role in phrase for phrase in name.split(" · ")), names
    assert not any(word in name for name in names for word in (*CITIES, "experienced", "ward", "kafka")), names


def test_without_tags_headlines_name_it() -> None:
    names = name_clusters(*people(tags=False), 3)
    assert ["nurse" in names[0], "data engineer" in names[1], "violinist" in names[2]] == [True] * 3, names


@pytest.mark.parametrize("heading", ["Summary", "Experience", ""])
def test_headings_name_nobody(heading: str) -> None:
    names = name_clusters(*people(headline=heading, tags=False), 3)
    assert ["ward" in names[0], "kafka" in names[1], "violin" in names[2]] == [True] * 3, names
    assert not any("summary" in name.lower() for name in names)


def test_other_languages() -> None:
    rows = [Row(str(n), ("Krankenschwester in Köln", "護士")[n % 2], "x") for n in range(20)]
    assert name_clusters(rows, np.arange(20) % 2, 2) == ("krankenschwester · köln", "護士")


@pytest.mark.parametrize("clusters", [2, 30, 300])
def test_names_are_unique_and_nobody_is_without_one(clusters: int) -> None:
    rows, _ = people(900)
    names = name_clusters(rows, np.arange(900) % clusters, clusters)
    assert len(set(names)) == clusters and all(names)


def test_a_large_cluster_beside_a_small_one_is_named_too() -> None:
    rows, kinds = people()
    names = name_clusters(rows, (kinds == 0).astype(np.int64), 2)
    assert "nurse" in names[1] and "nurse" not in names[0]
    assert "data engineer" in names[0] or "violinist" in names[0]


def test_nothing_but_stop_words() -> None:
    rows = [Row("1", "the and", "the and"), Row("2", "of", "of")]
    assert name_clusters(rows, np.array([0, 1]), 2) == ("cluster 0", "cluster 1")
