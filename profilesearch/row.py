"""The schema of a profile, declared once.

A profile is a redis-om ``HashModel``: its ``redisearch_schema()`` is the text of FT.CREATE, its pydantic types check
every row. Which tag and numeric fields there are depends on the source and is remembered with the version, so the
model is built from a :class:`Fields`. Its ``save()`` is not used: redis-om writes vectors of hashes as text, which
Redis does not index; a checked :class:`Row` becomes the hash itself, with the vector's raw bytes.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from .vectors import Vectors, to_bytes


@dataclass(frozen=True)
class Row:
    """A checked profile: what a hash is made of, but for its vector and its cluster.

    Attributes:
        tags: for each field that has any, its values, joined.
        numbers: for each field that has one, its number.
    """

    id: str
    headline: str
    text: str
    tags: Mapping[str, str] = field(default_factory=dict)
    numbers: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def of_digest(cls, digest: str, *values: Any) -> "Row":
        """A row whose digest is known already."""
        row = cls(*values)
        vars(row)["digest"] = digest
        return row

    @cached_property
    def json(self) -> str:
        """As JSON, the same for equal rows."""
        return json.dumps([self.id, self.headline, self.text, self.tags, self.numbers], ensure_ascii=False)

    @cached_property
    def digest(self) -> str:
        """16 hexadecimal digits that differ between different rows."""
        return hashlib.blake2b(self.json.encode(), digest_size=8).hexdigest()

    @property
    def size(self) -> int:
        """Characters of its texts, which is about what it takes in memory besides its vector."""
        return len(self.headline) + len(self.text) + sum(map(len, self.tags.values()))

    def to_hash(self, cluster: int, vector: Vectors) -> dict[str, str | float | bytes]:
        """The fields of the hash, with a ``(dim,)`` vector as little-endian float32."""
        return {"id": self.id, "headline": self.headline, "text": self.text, "cluster": str(cluster),
                "digest": self.digest, **self.tags, **self.numbers, "embedding": to_bytes(vector)}  # fmt: skip
