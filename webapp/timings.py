"""How long a search took, by the names that the API, the page and the metrics give to its parts."""

from collections.abc import Mapping

_PARTS = {"embed": ("embed",), "route": ("terms", "route"), "redis": ("rank", "titles", "read"), "total": ("total",)}
_FURTHER = ("rerank", "diversify")


def reported(timings: Mapping[str, float]) -> dict[str, float]:
    """Milliseconds of stages as those of ``embed``, ``route``, ``redis`` and ``total``, and of further ones that ran."""
    parts = {part: round(sum(timings.get(stage, 0.0) for stage in stages), 3) for part, stages in _PARTS.items()}
    return parts | {stage: timings[stage] for stage in _FURTHER if stage in timings}
