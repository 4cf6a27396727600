"""Examples and judged sets to tune a model with, made of public data that belongs to nobody's project.

python -m bench.training DATA OUT

DATA has ``esco`` (occupations in English and German), ``talentclef2025`` (titles with expert relevance) and ``onet``. OUT gets
``train-en.jsonl`` and ``train-de.jsonl`` (title ↔ title, title ↔ description, German title → English title), and the same
without descriptions in ``titles-en.jsonl`` and ``titles-de.jsonl``, where minutes are few. Judged sets are
a corpus, queries and qrels of each. ``talentclef-zh`` and ``sample`` (invented people) are of no field that is trained on.

Split by occupation, by a fixed seed: a fifth is tested with, a tenth chooses, the rest is trained on. Of TalentCLEF's test,
training sees nothing: an occupation of which any title in any language is one of its queries is left out whole, with its
synonyms and description, and every other title that is in its corpus is left out, too. Titles are compared as lists of stems,
and both halves of "Lehrer/Lehrerin" count.
"""

import csv
import json
import random
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import snowballstemmer

from indexer.sample.columns import SAMPLE_FIELDS
from indexer.sample.judgements import judge
from indexer.sample.person import compose
from indexer.sample.vocabulary import jobs
from indexer.train.examples import Example, write_examples

LANGUAGES = {"en": "english", "de": "german"}
_SEED = 13
_SAMPLE_SEED = 42
_SAMPLE_PEOPLE = 400


@dataclass(frozen=True)
class Forbidden:
    """What a training must not see in a language: stemmed titles that are asked, and that are searched."""

    queries: frozenset[str]
    corpus: frozenset[str]


def stems(title: str, language: str) -> str:
    """A title as the stems of its words, so that "Nurses" and "nurse" are the same."""
    return " ".join(_stemmer(language).stemWords(re.findall(r"\w+", title.casefold())))


@cache
def _stemmer(language: str) -> Any:
    return snowballstemmer.stemmer(LANGUAGES[language])


def titles(occupation: Mapping[str, Any], language: str) -> list[str]:
    """All titles of an occupation, its own first."""
    return list(dict.fromkeys([occupation[f"label_{language}"], *occupation[f"alt_{language}"]]))


def keys(title: str, language: str) -> set[str]:
    """What a title is compared by: itself, and its halves where a slash stands between two forms."""
    return {stems(part, language) for part in (title, *title.split("/"))}


def split(occupations: Sequence[Mapping[str, Any]]) -> tuple[set[str], set[str]]:
    """URIs to test with, and to choose with; all others are trained on."""
    uris = [occupation["uri"] for occupation in occupations]
    random.Random(_SEED).shuffle(uris)
    fifth = len(uris) // 5
    return set(uris[:fifth]), set(uris[fifth : fifth + fifth // 2])


def trainable(
    occupations: Sequence[Mapping[str, Any]], forbidden: Mapping[str, Forbidden]
) -> Iterator[tuple[Mapping[str, Any], dict[str, list[str]]]]:
    """Occupations that may be trained on, each with its titles in each language that may."""
    test, choose = split(occupations)
    for occupation in occupations:
        asked = any(
            keys(title, language) & forbidden[language].queries
            for language in LANGUAGES
            for title in titles(occupation, language)
        )
        if asked or occupation["uri"] in test | choose:
            continue
        yield (
            occupation,
            {
                language: [
                    title
                    for title in titles(occupation, language)
                    if not keys(title, language) & forbidden[language].corpus
                ]
                for language in LANGUAGES
            },
        )


def examples(
    occupations: Sequence[Mapping[str, Any]], forbidden: Mapping[str, Forbidden], language: str, texts: bool = True
) -> Iterator[Example]:
    """Examples in a language; other languages' titles find the English ones as well, and descriptions if ``texts`` says so."""
    for occupation, clean in trainable(occupations, forbidden):
        own, description = occupation[f"label_{language}"], occupation[f"description_{language}"]
        text = f"{own}. {description}" if own in clean[language] else description
        for title in clean[language]:
            others = tuple(other for other in clean[language] if other != title)
            for positives in ((description if title == own else text,) if texts else (), others):
                if positives:
                    yield Example(title, positives, (), occupation["uri"])
            if language != "en" and clean["en"]:
                yield Example(title, tuple(clean["en"]), (), occupation["uri"])


# ---------------------------------------------------------------- judged sets
def write_set(
    folder: Path, corpus: Iterable[tuple[str, str]], queries: Mapping[str, str], qrels: Iterable[tuple[str, str]]
) -> None:
    """A corpus, queries and what fits them, as ``train report`` reads them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in (("corpus", corpus), ("queries", queries.items())):
        lines = [json.dumps({"id": id_, "text": text}, ensure_ascii=False) for id_, text in rows]
        (folder / f"{name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "queries.jsonl").rename(folder / f"{folder.name}.jsonl")
    (folder / "qrels.tsv").write_text("".join(f"{query} 0 {id_} 1\n" for query, id_ in qrels), encoding="utf-8")


def esco_set(folder: Path, occupations: Sequence[Mapping[str, Any]], asked: set[str], language: str) -> None:
    """One alternative title of each occupation that is asked must find its title and description among all."""
    chance = random.Random(_SEED)
    queries: dict[str, str] = {}
    qrels: list[tuple[str, str]] = []
    for number, occupation in enumerate(occupations):
        others = titles(occupation, language)[1:]
        if occupation["uri"] in asked and others:
            queries[f"q{number}"] = chance.choice(others)
            qrels.append((f"q{number}", f"o{number}"))
    corpus = [
        (f"o{number}", f"{occupation[f'label_{language}']}. {occupation[f'description_{language}']}")
        for number, occupation in enumerate(occupations)
    ]
    write_set(folder, corpus, queries, qrels)


def tsv(path: Path) -> list[dict[str, str]]:
    """Rows of a file with tabs, by its headings."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def talentclef_set(folder: Path, given: Path) -> None:
    """A title must find those that experts judged to fit."""
    rows = {name: tsv(given / f"{name}.tsv") for name in ("queries", "corpus", "qrels")}
    write_set(
        folder,
        [(row["c_id"], row["jobtitle"]) for row in rows["corpus"]],
        {f"q{row['q_id']}": row["jobtitle"] for row in rows["queries"]},
        [(f"q{row['q_id']}", row["c_id"]) for row in rows["qrels"]],
    )


def sample_set(folder: Path, people: int) -> None:
    """A job description must find the sample's people who have or had such a role, and a role's title those who have it."""
    persons = [compose(number, _SAMPLE_SEED) for number in range(1, people + 1)]
    queries: dict[str, str] = {}
    qrels: list[tuple[str, str]] = []
    for number, job in enumerate(jobs()):
        queries[f"j{number}"] = job.text
        qrels += [(f"j{number}", id_) for id_, grade in judge(job, persons) if grade]
    for number, title in enumerate(sorted({person.career[0] for person in persons})):
        queries[f"r{number}"] = title
        qrels += [(f"r{number}", person.id) for person in persons if person.career[0] == title]
    texts = ((person.id, "\n".join(str(person.values[name]) for name in SAMPLE_FIELDS.text)) for person in persons)
    write_set(folder, texts, queries, qrels)


def forbidden_of(folder: Path) -> dict[str, Forbidden]:
    """What TalentCLEF tests with, by language."""

    def all_keys(language: str, name: str) -> frozenset[str]:
        rows = tsv(folder / language / f"{name}.tsv")
        return frozenset(key for row in rows for key in keys(row["jobtitle"], language))

    return {language: Forbidden(all_keys(language, "queries"), all_keys(language, "corpus")) for language in LANGUAGES}


def main() -> None:
    """Write everything."""
    data, out = map(Path, sys.argv[1:3])
    lines = (data / "esco" / "occupations.jsonl").read_text(encoding="utf-8").splitlines()
    occupations = [json.loads(line) for line in lines]
    forbidden = forbidden_of(data / "talentclef2025")
    test, choose = split(occupations)
    chosen = [occupation for occupation in occupations if occupation["uri"] in choose]
    out.mkdir(parents=True, exist_ok=True)
    for language in LANGUAGES:
        written = write_examples(out / f"train-{language}.jsonl", examples(occupations, forbidden, language))
        write_examples(out / f"titles-{language}.jsonl", examples(occupations, forbidden, language, texts=False))
        print(f"train-{language}.jsonl: {written:,} examples")
        esco_set(out / f"esco-{language}", occupations, test, language)
        esco_set(out / f"choose-{language}", chosen, choose, language)
    for language in (*LANGUAGES, "zh"):
        talentclef_set(out / f"talentclef-{language}", data / "talentclef2025" / language)
    sample_set(out / "sample", _SAMPLE_PEOPLE)
    with (data / "onet" / "occupations.csv").open(encoding="utf-8", newline="") as file:
        onet = list(csv.DictReader(file))
    write_set(
        out / "onet",
        [(row["code"], row["description"]) for row in onet],
        {f"q{row['code']}": row["title"] for row in onet},
        [(f"q{row['code']}", row["code"]) for row in onet],
    )


if __name__ == "__main__":
    main()
