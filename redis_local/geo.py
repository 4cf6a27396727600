"""Places on the earth: longitude and latitude in degrees, distances in metres.

Places are compared as Redis keeps them, in 52 bits, so that a place may move by half a metre.
Source: https://redis.io/docs/latest/commands/geoadd/
"""

import math
import re

import numpy as np
import numpy.typing as npt

METRES = {b"m": 1.0, b"km": 1000.0, b"ft": 0.3048, b"mi": 1609.34}
"""Metres of each unit."""

MAX_LONGITUDE, MAX_LATITUDE = 180.0, 85.05112878
EARTH_RADIUS = 6372797.560856
_STEPS = 1 << 26
_PLACE = re.compile(rb"\s*([^\s,]+)(?:\s*,\s*|\s+)([^\s,]+)\s*")


def parse_place(value: bytes) -> tuple[float, float]:
    """``longitude,latitude`` as numbers.

    Raises:
        ValueError: it is no place on the map.
    """
    match = _PLACE.fullmatch(value) if len(value) <= 256 else None
    if match is None:
        raise ValueError("Invalid geo string")
    longitude, latitude = float(match[1]), float(match[2])
    if not is_place(longitude, latitude):
        raise ValueError("Invalid geo string")
    return longitude, latitude


def is_place(longitude: float, latitude: float) -> bool:
    """Whether Redis has this place on its map."""
    return abs(longitude) <= MAX_LONGITUDE and abs(latitude) <= MAX_LATITUDE


def stored(degrees: float, limit: float) -> float:
    """A longitude or latitude as it is kept: the middle of the step that it falls into."""
    step = min(_STEPS - 1, int((degrees + limit) / (2 * limit) * _STEPS))
    return (step + 0.5) / _STEPS * 2 * limit - limit


def distances(
    longitudes: npt.NDArray[np.float64], latitudes: npt.NDArray[np.float64], longitude: float, latitude: float
) -> npt.NDArray[np.float64]:
    """``(n,)`` metres from ``(n,)`` places to one, along the surface (haversine); NaN where a place is NaN."""
    u = np.sin((np.radians(latitudes) - math.radians(latitude)) / 2)
    v = np.sin((np.radians(longitudes) - math.radians(longitude)) / 2)
    share = u * u + np.cos(np.radians(latitudes)) * math.cos(math.radians(latitude)) * v * v
    return np.asarray(2 * EARTH_RADIUS * np.arcsin(np.sqrt(np.minimum(1.0, share))))
