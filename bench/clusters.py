"""Number of clusters x probes: what is found, and what it costs, on the sample and on public texts.

python -m bench.clusters [--data ../shared/data] [--clusters 10,24,50]

The sample is asked with its 20 job descriptions. Where the folder of public texts is there, 3,039 ESCO occupations are
asked with alternative titles, and 1,110 O*NET descriptions with their titles; where it is not, that is said and they
are left out. Everything is searched in a redis_local of the benchmark's own.
"""

import csv
import json
import random
import time
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean, median
from typing import Any

import click
import numpy as np

from indexer.build.pseudo_queries import pseudo_queries
from indexer.commands.tools import cached_encoder
from indexer.sample.person import compose
from indexer.sample.vocabulary import jobs
from profilesearch.clusters.calibration import Calibration, calibrate_vectors
from profilesearch.clusters.fit import fit_partition, hold_back
from profilesearch.clusters.partition import Partition
from profilesearch.embedding import Encoder
from profilesearch.fields import Fields
from profilesearch.row import Row
from profilesearch.settings import Settings
from profilesearch.store import Filter, KnnQuery, Store, VersionRecord, connect
from profilesearch.vector_index import VectorIndex

from .own_redis import own_redis
from .report import markdown, save, show

TEXTS = ("headline", "about", "experience", "education", "skills")


@dataclass(frozen=True)
class Collection:
    """Documents with headlines and labels, and queries with the label that their results should have."""

    name: str
    texts: list[str]
    headlines: list[str]
    labels: list[str]
    queries: list[tuple[str, str]]


def sample() -> Collection:
    people = [compose(number, 42).values for number in range(1, 6905)]
    texts = ["\n".join(person[name] for name in TEXTS) for person in people]
    return Collection("sample", texts, [p["headline"] for p in people], [p["role"] for p in people],
                      [(job.text, job.role) for job in jobs()])  # fmt: skip


def roles(sample: Collection) -> Collection:
    """The same people, asked for by each role typed alone."""
    return replace(sample, name="sample, roles typed", queries=[(role, role) for role in sorted(set(sample.labels))])


def esco(folder: Path) -> Collection:
    rows = [
        json.loads(line) for line in (folder / "esco" / "occupations.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    chance = random.Random(42)
    asked = [(chance.choice(row["alt_en"]), row["isco_major_label_en"]) for row in rows if row["alt_en"]]
    return Collection("ESCO", [f"{row['label_en']}. {row['description_en']}" for row in rows], [r["label_en"] for r in rows],
                      [row["isco_major_label_en"] for row in rows], chance.sample(asked, 300))  # fmt: skip


def onet(folder: Path) -> Collection:
    with (folder / "onet" / "occupations.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    chance = random.Random(42)
    return Collection("O*NET", [row["description"] for row in rows], [row["title"] for row in rows],
                      [row["major_group"] for row in rows],
                      chance.sample([(row["title"], row["major_group"]) for row in rows], 300))  # fmt: skip


@click.command()
@click.option("--data", type=click.Path(path_type=Path), default=Path("../shared/data"), show_default=True)
@click.option("--clusters", default="10,24,50", show_default=True)
def main(data: Path, clusters: str) -> None:
    """Measure and print."""
    described = sample()
    collections = [described, roles(described)]
    if (data / "esco").exists():
        collections += [esco(data), onet(data)]
    else:
        click.echo(f"{data} is not there: ESCO and O*NET are left out")
    found: dict[str, Any] = {}
    with own_redis() as server, cached_encoder(None, None) as (encoder, _):
        store = Store(connect(Settings(redis_url=server.url)))
        click.echo(f"{encoder.name} {encoder.fingerprint}")
        for collection in collections:
            vectors = encoder.encode_documents(collection.texts)
            asked = encoder.encode_queries([text for text, _ in collection.queries])
            for amount in map(int, clusters.split(",")):
                for algorithm in ("flat", "hnsw") if amount == int(clusters.split(",")[0]) else ("flat",):
                    measured = measure(collection, vectors, asked, amount, algorithm, encoder, store)
                    found[f"{collection.name} {amount} {algorithm}"] = measured
                    _show(collection, amount, algorithm, measured)
    _summary(found)
    save("clusters", found)


def measure(
    collection: Collection, vectors: Any, asked: Any, amount: int, algorithm: Any, encoder: Encoder, store: Store
) -> dict[str, Any]:
    """One number of clusters: fit, write, and ask in every mode."""
    started = time.perf_counter()
    held = hold_back(len(vectors))
    model, assigned = fit_partition(vectors, amount, held)
    rows = [Row(str(i), collection.headlines[i], collection.texts[i], {"label": collection.labels[i]}) for i in held]
    ways = pseudo_queries(rows, held, encoder)
    calibration = calibrate_vectors(model, vectors, assigned, held, ways)
    index = VectorIndex(vectors.shape[1], algorithm)
    record = VersionRecord(
        store.versions.new_name(), encoder.name, encoder.fingerprint, Fields(), index, profiles=len(vectors)
    )
    store.create(record)
    people = ((Row(str(n), "-", "-"), int(c), v) for n, (v, c) in enumerate(zip(vectors, assigned, strict=True)))
    sum(store.profiles.write(record, people))
    store.indexes.wait(record)
    built = time.perf_counter() - started
    exact = [set(map(str, np.argsort(-(vectors @ query), kind="stable")[:10])) for query in asked]
    modes = {"off": None, "1": 1, "2": 2, "3": 3, "5": 5, "auto": "auto"}
    measured = {
        name: _mode(collection, model, calibration, asked, exact, store, record, probes, np.bincount(assigned))
        for name, probes in modes.items()
    }
    store.drop(record.version)
    return {"build_s": built, "modes": measured}


def _mode(
    collection: Collection, model: Partition, calibration: Calibration, asked: Any, exact: list[set[str]], store: Store,
    record: VersionRecord, probes: Any, sizes: Any,
) -> dict[str, float]:  # fmt: skip
    recalls, precisions, shares, times = [], [], [], []
    landmarks = calibration.landmarks_for(0.95)
    for query, (_, label), true in zip(asked, collection.queries, exact, strict=True):
        near = _near(model, query, probes, landmarks)
        started = time.perf_counter()
        ids = [c.id for c in store.rank(record, KnnQuery(query, 30, Filter(None if probes is None else tuple(near))))]
        times.append((time.perf_counter() - started) * 1000)
        recalls.append(len(true & set(ids[:10])) / 10)
        precisions.append(sum(collection.labels[int(id_)] == label for id_ in ids) / 30)
        shares.append(1.0 if probes is None else float(sizes[near].sum() / sizes.sum()))
    return {"recall@10": fmean(recalls), "P@30": fmean(precisions), "share": fmean(shares), "p50_ms": median(times)}


def _near(model: Partition, query: Any, probes: Any, landmarks: int | None) -> list[int]:
    if probes == "auto":
        return sorted({int(model.predict(query[None])[0]), *map(int, model.near(query[None])[0, :landmarks])})
    return [cluster for cluster, _ in model.nearest(query)[:probes]]


def _show(collection: Collection, amount: int, algorithm: str, measured: dict[str, Any]) -> None:
    rows = [
        [name, f"{row['recall@10']:.3f}", f"{row['P@30']:.3f}", f"{row['share']:.0%}", f"{row['p50_ms']:.2f}"]
        for name, row in measured["modes"].items()
    ]
    title = f"{collection.name}: {len(collection.texts):,} documents, {len(collection.queries)} queries, {amount} clusters, "
    show(f"{title}{algorithm}, built in {measured['build_s']:.1f} s",
         ["probes", "recall@10", "P@30 by label", "searched", "p50 ms"], rows)  # fmt: skip


def _summary(found: dict[str, Any]) -> None:
    """The modes that matter side by side, of exact indexes."""
    rows = []
    for name, measured in found.items():
        if name.endswith("flat"):
            off, one, three, auto = (measured["modes"][mode] for mode in ("off", "1", "3", "auto"))
            recalls = [f"{mode['recall@10']:.3f}" for mode in (one, three, auto)]
            precisions = [f"{mode['P@30']:.3f}" for mode in (off, one, auto)]
            collection, amount, _ = name.rsplit(" ", 2)
            rows.append([collection, amount, *recalls, f"{auto['share']:.0%}", *precisions])
    columns = ["recall@10: 1 probe", "3 probes", "auto", "searched by auto", "P@30: off", "1 probe", "auto"]
    print(markdown(["", "clusters", *columns], rows))


if __name__ == "__main__":
    main()
