"""GEO fields."""

import numpy as np
import numpy.typing as npt

from ..geo import MAX_LATITUDE, MAX_LONGITUDE, distances, parse_place, stored
from ..schema import Field
from .shared import BadValue, Floats, Rows, grown


class GeoColumn:
    """Places as degrees in two ``float64`` arrays, NaN where a document has none, and their text for sorting."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self._longitudes: npt.NDArray[np.float64] = np.zeros(0)
        self._latitudes: npt.NDArray[np.float64] = np.zeros(0)
        self._raw: dict[int, bytes] = {}

    def reserve(self, capacity: int) -> None:
        self._longitudes, self._latitudes = grown(self._longitudes, capacity), grown(self._latitudes, capacity)

    @staticmethod
    def parse(value: bytes | None) -> tuple[float, float]:
        """A hash value as a place.

        Raises:
            BadValue: it is none.
        """
        if value is None:
            return float("nan"), float("nan")
        try:
            return parse_place(value)
        except ValueError:
            raise BadValue("Invalid geo string") from None

    def put(self, row: int, value: bytes | None) -> None:
        longitude, latitude = self.parse(value)
        if value is None:
            self._raw.pop(row, None)
        else:
            self._raw[row] = value
            longitude, latitude = stored(longitude, MAX_LONGITUDE), stored(latitude, MAX_LATITUDE)
        self._longitudes[row], self._latitudes[row] = longitude, latitude

    def get(self, row: int) -> bytes | None:
        return self._raw.get(row)

    def distances(self, longitude: float, latitude: float, selection: int | Rows) -> Floats:
        """``(n,)`` metres from the first so many rows (an int), or from chosen rows, to a place; NaN where there is none."""
        chosen = slice(selection) if isinstance(selection, int) else selection
        return distances(self._longitudes[chosen], self._latitudes[chosen], longitude, latitude)

    def missing(self, selection: int | Rows) -> npt.NDArray[np.bool_]:
        """Which of these rows have no value."""
        chosen = slice(selection) if isinstance(selection, int) else selection
        return np.asarray(np.isnan(self._longitudes[chosen]))
