"""Columns of an index: one typed store per schema field, addressed by row number.

Every column grows with ``reserve`` and takes values with ``put``, None where a document has none; ``rows`` is always the
number of rows in use. Where a column takes a selection, that is the first so many rows (an int) or chosen row numbers;
a mask is a bool array over the selection, as :meth:`missing` returns one of the rows without a value.
"""

from .numbers import NumericColumn
from .places import GeoColumn
from .shared import BadValue, Floats, Mask, Rows, fold
from .tags import TagColumn
from .texts import TextColumn
from .vectors import VectorColumn
from .vocabulary import Vocabulary

Column = TagColumn | NumericColumn | GeoColumn | TextColumn | VectorColumn

__all__ = [
    "BadValue",
    "Column",
    "Floats",
    "GeoColumn",
    "Mask",
    "NumericColumn",
    "Rows",
    "TagColumn",
    "TextColumn",
    "VectorColumn",
    "Vocabulary",
    "fold",
]
