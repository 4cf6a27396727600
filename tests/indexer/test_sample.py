"""The sample: deterministic, varied, and hard in the right way."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer

from indexer.sample import write_sample
from indexer.sample.person import compose
from indexer.sample.vocabulary import jobs, roles

TEXTS = ("headline", "about", "experience", "education", "skills")


@pytest.fixture(scope="module")
def people() -> list[dict[str, Any]]:
    return [compose(number, 42).values for number in range(1, 2501)]


def text(person: dict[str, Any]) -> str:
    return "\n".join(person[name] for name in TEXTS)


def test_the_same_seed_gives_the_same_files(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_sample(50, 7, tmp_path / name, tmp_path / f"{name}.q", tmp_path / f"{name}.qrels")
    for end in ("", ".q", ".qrels"):
        assert (tmp_path / f"a{end}").read_bytes() == (tmp_path / f"b{end}").read_bytes()
    write_sample(50, 8, tmp_path / "c")
    assert (tmp_path / "a").read_bytes() != (tmp_path / "c").read_bytes()


def test_a_smaller_sample_is_the_beginning_of_a_larger_one() -> None:
    assert compose(3, 42) == compose(3, 42) != compose(3, 43)


def test_variety(people: list[dict[str, Any]]) -> None:
    assert len(roles()) >= 60
    assert len({role.field for role in roles().values()}) >= 12
    assert len({person["role"] for person in people}) == len(roles())
    cities = {person["location"] for person in people}
    assert len(cities) >= 40
    assert sum(not city.isascii() for city in cities) >= 10
    assert {person["seniority"] for person in people} == {"junior", "mid", "senior", "lead"}
    assert all(0 < person["years"] <= 35 and person["languages"] for person in people)


def test_lengths(people: list[dict[str, Any]]) -> None:
    words = [len(text(person).split()) for person in people]
    assert 80 <= min(words) and max(words) <= 250


def test_nothing_is_left_unfilled(people: list[dict[str, Any]]) -> None:
    for person in people:
        assert not set(text(person)) & set("{}"), text(person)
        assert ".." not in text(person) and "  " not in text(person)
        assert all(person[name] for name in TEXTS)


def test_fewer_than_one_in_two_hundred_texts_has_a_near_duplicate(people: list[dict[str, Any]]) -> None:
    """Near-duplicate: half of the shingles of three words in common (Jaccard), compared with every other text."""
    counts = CountVectorizer(ngram_range=(3, 3), binary=True, token_pattern=r"\S+").fit_transform(map(text, people))
    counts = counts.astype(np.float32)
    sizes = np.asarray(counts.sum(axis=1)).ravel()
    alike = 0
    for start in range(0, len(people), 500):
        common = (counts[start : start + 500] @ counts.T).toarray()
        jaccard = common / (sizes[start : start + 500, None] + sizes[None] - common)
        jaccard[np.arange(len(jaccard)), start + np.arange(len(jaccard))] = 0
        alike += int((jaccard.max(axis=1) >= 0.5).sum())
    assert alike / len(people) < 0.005


def test_boilerplate_is_shared_by_all_fields(people: list[dict[str, Any]]) -> None:
    fields = Counter(
        person["field"] for person in people if "esults-driven" in text(person) or "xperienced" in text(person)
    )
    assert len(fields) == len({role.field for role in roles().values()})


def test_roles_name_roles() -> None:
    for role in roles().values():
        assert role.near and role.kin
        assert {*role.near, *role.kin} <= set(roles()) - {role.title}
        assert not set(role.near) & set(role.kin), role.title


def test_job_descriptions(sample: Path) -> None:
    written = [json.loads(line) for line in (sample / "queries.jsonl").read_text().splitlines()]
    assert len(written) == 20 and all(set(each) == {"id", "text"} for each in written)
    silent = [job for job in jobs() if job.role.lower() not in job.text.lower()]
    assert len(silent) == 10
    for job in silent:
        assert not any(also.lower() in job.text.lower() for also in roles()[job.role].also if len(also) > 4), job.role


def test_judgements(sample: Path) -> None:
    people = {p["id"]: p for p in map(json.loads, (sample / "profiles.jsonl").read_text().splitlines())}
    lines = [line.split() for line in (sample / "qrels.tsv").read_text().splitlines()]
    assert {grade for _, _, _, grade in lines} == {"0", "1", "2"}
    for query, zero, id_, grade in lines:
        wanted = jobs()[int(query[1:]) - 1].role
        assert zero == "0"
        assert (people[id_]["role"] == wanted) == (grade == "2")
        if grade == "0":
            assert people[id_]["role"] in roles()[wanted].near
