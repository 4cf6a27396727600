"""How long a search took, by the names that the API, the page and the metrics give to its parts."""

from collections.abc import Mapping

_PARTS = {"embed": ("embed",), "route": ("route",), "redis": ("rank", "read"), "total": ("total",)}


def reported(timings: Mapping[str, float]) -> dict[str, float]:
    """Milliseconds of stages as milliseconds of ``embed``, ``route``, ``redis`` and ``total``."""
    return {part: round(sum(timings.get(stage, 0.0) for stage in stages), 3) for part, stages in _PARTS.items()}
