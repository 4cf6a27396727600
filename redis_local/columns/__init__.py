"""Columns of an index: one typed store per schema field, addressed by row number.

Every column grows with ``reserve`` and takes values with ``put``, None where a document has none; ``rows`` is always the
number of rows in use, and every mask is a ``(rows,)`` bool array.
"""

from .numbers import NumericColumn
from .shared import BadValue, Floats, Mask, fold
from .tags import TagColumn
from .texts import TextColumn
from .vectors import VectorColumn

Column = TagColumn | NumericColumn | TextColumn | VectorColumn

__all__ = ["BadValue", "Column", "Floats", "Mask", "NumericColumn", "TagColumn", "TextColumn", "VectorColumn", "fold"]
