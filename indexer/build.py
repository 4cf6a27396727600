"""One reindex: source → embedding → clusters → index → verify → publish.

Until the last step the live version is untouched; a version that fails is removed again.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np

from profilesearch.calibration import Calibration, calibrate
from profilesearch.clustering import ClusterModel, Integers, fit, hold_back
from profilesearch.embedding import Encoder
from profilesearch.profile import Algorithm, Metric, Profile, VectorIndex, profile_model
from profilesearch.snippet import excerpt
from profilesearch.store import Store, VersionRecord
from profilesearch.vectors import Vectors

from .choice import choose_clusters
from .report import Report
from .source import Format, Loaded, Mapping, Row, load, write_rejected


@dataclass(frozen=True)
class BuildOptions:
    """What the command line says of a build."""

    source: str
    mapping: Mapping = Mapping()
    format: Format | None = None
    skip_bad_rows: bool = False
    rejects: Path | None = None
    clusters: int | Literal["auto"] = 10
    algorithm: Algorithm = "flat"
    metric: Metric = "cosine"
    m: int = 16
    ef_construction: int = 200
    ef_runtime: int = 100


def build(options: BuildOptions, load_encoder: Callable[[], Encoder], store: Store, report: Report) -> VersionRecord:
    """Build a version and make it live.

    Args:
        options: what to build, and how.
        load_encoder: loads the model; called once the source is known to be good.
        store: where the version goes.
        report: who is told how it goes.

    Raises:
        ProfileSearchError: why it could not be done; what was live before still is.
    """
    store.ping()
    with report.stage("read"):
        loaded = load(options.source, options.mapping, format_=options.format, skip_bad_rows=options.skip_bad_rows)
    _tell_rejected(options, loaded, report)
    with report.stage("load model"):
        encoder = load_encoder()
    texts = [row.text for row in loaded.rows]
    lengths = encoder.measure(texts)
    if lengths.cut:
        report.say(
            f"{lengths.cut} of {lengths.texts} texts are longer than the {lengths.limit} tokens that {encoder.name} "
            f"reads (the longest has {lengths.longest}): their ends do not count"
        )
    with report.stage("embed", len(texts)) as stage:
        vectors = encoder.encode_documents(texts, stage.advance)
    with report.stage("cluster"):
        held_back = hold_back(len(vectors))
        amount = choose_clusters(vectors, report) if options.clusters == "auto" else options.clusters
        clusters, assigned = fit(vectors, texts, amount, held_back)
    with report.stage("calibrate"):
        held_back = held_back if len(held_back) else np.arange(len(vectors))
        asked = [
            [row.headline, excerpt(row.text, number)] for number, row in enumerate(loaded.rows[i] for i in held_back)
        ]
        ways = [encoder.encode_queries(list(texts)) for texts in zip(*asked, strict=True)]
        calibration = calibrate(clusters, vectors, assigned, held_back, ways)
    record = VersionRecord(
        store.new_version(), encoder.name, encoder.fingerprint, loaded.fields, _vector_index(options, encoder),
        _shown_source(options.source), len(loaded.rows),
    )  # fmt: skip
    try:
        return _write_and_publish(record, loaded, vectors, _Clustered(clusters, assigned, calibration), store, report)
    except BaseException:
        report.say(f"removing the unfinished version {record.version}; what was live before still is")
        store.drop(record.version)
        raise


@dataclass(frozen=True)
class _Clustered:
    model: ClusterModel
    assigned: Integers
    calibration: Calibration


def _write_and_publish(
    record: VersionRecord, loaded: Loaded, vectors: Vectors, clustered: _Clustered, store: Store, report: Report
) -> VersionRecord:
    model = profile_model(record.version, record.fields, record.vectors)
    with report.stage("write", len(loaded.rows)) as stage:
        store.create(record)
        store.write_clusters(record, clustered.model, clustered.calibration)
        profiles = _profiles(loaded.rows, vectors, clustered.assigned, model)
        for count in store.write(record, profiles):
            stage.advance(count)
    with report.stage("verify"):
        store.verify(record)
    record = replace(record, built_at=time.time(), seconds=dict(report.seconds))
    store.publish(record)
    report.say(f"version {record.version} is live: {record.profiles:,} profiles in {len(clustered.model)} clusters")
    for number, label in enumerate(clustered.model.labels):
        report.say(f"  {number:3}  {clustered.model.sizes[number]:7,}  {label}")
    report.say(_cost(clustered.calibration))
    return record


def _profiles(
    rows: tuple[Row, ...], vectors: Vectors, assigned: Integers, model: type[Profile]
) -> Iterator[tuple[Profile, Vectors]]:
    for row, vector, cluster in zip(rows, vectors, assigned, strict=True):
        yield (
            model(id=row.id, headline=row.headline, text=row.text, cluster=str(cluster), **row.tags, **row.numbers),
            vector,
        )


def _vector_index(options: BuildOptions, encoder: Encoder) -> VectorIndex:
    return VectorIndex(
        encoder.dimension, options.algorithm, options.metric, options.m, options.ef_construction, options.ef_runtime
    )


def _tell_rejected(options: BuildOptions, loaded: Loaded, report: Report) -> None:
    if loaded.rejected:
        name = "stdin" if options.source == "-" else options.source
        path = options.rejects or Path(f"{name}.rejects.jsonl")
        write_rejected(path, loaded.rejected)
        report.say(f"{len(loaded.rejected)} bad rows were left out; see {path}")


def _shown_source(source: str) -> str:
    return "standard input" if source == "-" else str(Path(source).resolve())


def _cost(calibration: Calibration) -> str:
    share = calibration.share_of(calibration.landmarks_for(0.95))
    return (
        f"one cluster finds {calibration.probe_recalls[0]:.0%} of the true neighbours in {calibration.probe_shares[0]:.0%} "
        f"of the profiles; cluster=auto finds 95% in {share:.0%}"
    )
