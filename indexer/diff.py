"""What changed for the canary queries from one version to another."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from profilesearch.embedding import Encoder, load_encoder, require_model
from profilesearch.errors import SourceError
from profilesearch.settings import Settings
from profilesearch.store import Store, VersionRecord

from .canaries import CanaryComparison, compare_versions, load_canaries, mean_overlap

_LISTED = 3
"""People in one version alone that are named for each query."""

_LONGEST_QUERY = 100


def compare(
    store: Store, settings: Settings, versions: tuple[str, str], canaries: Path | None
) -> list[CanaryComparison]:
    """What each canary query finds in two versions, each asked with the model that it was built with.

    Raises:
        SourceError: there are no canary queries.
        UnknownVersion: a version is not there.
        ModelMismatch: the model of a version's name is another one now.
    """
    before, after = (store.versions.get(name) for name in versions)
    queries = load_canaries(canaries, store)
    if not queries:
        raise SourceError(
            "no canary queries: expected a file of them, or a web app that was asked something", code="no_canaries"
        )
    encoders: dict[str, Encoder] = {}
    asked = [(record, _encoder_of(record, settings, encoders)) for record in (before, after)]
    return compare_versions(store, asked[0], asked[1], queries)


def _encoder_of(record: VersionRecord, settings: Settings, loaded: dict[str, Encoder]) -> Encoder:
    """The model that a version was built with."""
    if record.fingerprint not in loaded:
        encoder = load_encoder(record.model, settings.device, settings.precision, settings.openai, settings.runtime)
        require_model(record, encoder)
        loaded[record.fingerprint] = encoder
    return loaded[record.fingerprint]


def as_json(before: str, after: str, comparisons: Sequence[CanaryComparison]) -> str:
    """Everything, for programs."""
    queries = [asdict(comparison) for comparison in comparisons]
    return json.dumps({"before": before, "after": after, "overlap": mean_overlap(comparisons), "queries": queries})


def as_text(before: str, after: str, comparisons: Sequence[CanaryComparison]) -> str:
    """A paragraph for each query, one person a line, whatever the width."""
    return "\n".join(_lines(before, after, comparisons))


def _lines(before: str, after: str, comparisons: Sequence[CanaryComparison]) -> Iterator[str]:
    for comparison in comparisons:
        yield f"{comparison.overlap:4.0%}  {' '.join(comparison.query.split())[:_LONGEST_QUERY]}"
        for version, ids in ((before, comparison.gone), (after, comparison.new)):
            for id_ in ids[:_LISTED]:
                yield f"      only in {version}: {id_}  {comparison.headlines[id_]}"
            if len(ids) > _LISTED:
                yield f"      only in {version}: {len(ids) - _LISTED} more"
    yield f"\nmean overlap@10 over {len(comparisons)} queries: {mean_overlap(comparisons):.0%}"
