"""A checked profile, as it becomes a hash in Redis."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from json.encoder import encode_basestring as quoted
from typing import Any

from .collection import PROFILES, Collection
from .passages import Passage
from .tags import join_tags
from .words.stemming import engine_language
from .words.titles import titles_of

PASSAGE_COUNT = "_passages"
"""The field of a hash with the number of its passages, where it has any; no field of a source begins so."""

TOKENS = "_tokens"
"""The field of a hash with its token vectors, where they are kept; see :mod:`.embedding.pooled_tokens`."""


LANGUAGE = "_language"
"""The field of a hash with the language of its texts, as the Query Engine names it, where it is known."""

Hash = dict[str, str | float | bytes]
"""The fields of a hash in Redis."""


@dataclass(frozen=True)
class Row:
    """A checked profile: what a hash is made of, but for its cluster, and for its vector where it brings none.

    Attributes:
        tags: for each field that has any, its values, joined.
        numbers: for each field that has one, its number.
        language: the ISO 639-1 code of its texts' language; empty if nobody said, and it is that of the version.
        vector: the vector that it brings, as little-endian float32, not scaled; empty if its text is to be embedded.
    """

    id: str
    title: str
    text: str
    tags: Mapping[str, str] = field(default_factory=dict)
    numbers: Mapping[str, float] = field(default_factory=dict)
    language: str = ""
    vector: bytes = b""

    @classmethod
    def of_digest(cls, digest: str, *values: Any) -> "Row":
        """A row whose digest is known already."""
        row = cls(*values)
        vars(row)["digest"] = digest
        return row

    @cached_property
    def json(self) -> str:
        """As JSON, the same for equal rows.

        Put together here, since an encoder that must look at each value takes twice as long, for every row of a build.
        """
        tags = ", ".join([f"{quoted(name)}: {quoted(value)}" for name, value in self.tags.items()])
        numbers = ", ".join([f"{quoted(name)}: {value!r}" for name, value in self.numbers.items()])
        further = f", {quoted(self.language)}" if self.language or self.vector else ""
        if self.vector:
            further += f', "{self.vector.hex()}"'
        return f"[{quoted(self.id)}, {quoted(self.title)}, {quoted(self.text)}, {{{tags}}}, {{{numbers}}}{further}]"

    @cached_property
    def digest(self) -> str:
        """16 hexadecimal digits that differ between different rows."""
        return hashlib.blake2b(self.json.encode(), digest_size=8).hexdigest()

    @property
    def size(self) -> int:
        """Characters of its texts, which is about what it takes in memory besides its vector."""
        return len(self.title) + len(self.text) + sum(map(len, self.tags.values()))

    @property
    def whole_text(self) -> str:
        """Title and text as one, the title once."""
        return self.text if self.text.startswith(self.title) else f"{self.title}\n{self.text}"

    def to_hash(
        self, cluster: int, vector: bytes, collection: Collection = PROFILES, passages: int = 0, tokens: bytes = b""
    ) -> Hash:
        """The fields of the hash in a collection.

        Args:
            cluster: its number.
            vector: as the index holds it.
            collection: says what the fields are called.
            passages: how many passages have hashes of their own.
            tokens: token vectors for a closer look, if they are kept; no index knows them.
        """
        values: Hash = {
            "id": self.id,
            collection.title: self.title,
            collection.text: self.text,
            "cluster": str(cluster),
            "digest": self.digest,
        }
        if self.language and (language := engine_language(self.language)):
            values[LANGUAGE] = language
        if passages:
            values[PASSAGE_COUNT] = str(passages)
        if tokens:
            values[TOKENS] = tokens
        self._add_filtered_by(values, collection)
        values["embedding"] = vector
        return values

    def passage_to_hash(self, passage: Passage, vector: bytes, collection: Collection = PROFILES) -> Hash:
        """The fields of the hash of a passage: where it stands, what its profile is filtered by, and its vector."""
        values: Hash = {
            "id": self.id,
            "cluster": str(passage.cluster),
            "_start": str(passage.place.start),
            "_end": str(passage.place.end),
        }
        self._add_filtered_by(values, collection)
        values["embedding"] = vector
        return values

    def _add_filtered_by(self, values: Hash, collection: Collection) -> None:
        if titles := self.titles:
            values[collection.titles] = titles
        values.update(self.tags)
        values.update(self.numbers)

    @property
    def titles(self) -> str:
        """What the title begins with, in lower case, as joined tags; empty if it is a sentence."""
        titles = titles_of(self.title)
        if len(titles) == 1 and titles[0].isascii() and titles[0].isprintable():  # which most are: it is clean
            return titles[0]
        try:
            return join_tags(titles)
        except ValueError:  # it has characters that no query can ask for
            return ""
