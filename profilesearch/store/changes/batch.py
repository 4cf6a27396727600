"""Changes that are applied at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ...passages import Passage
from ...row import Row
from ...vectors import Vectors
from ..writer import Embedded


@dataclass(frozen=True)
class Upsert:
    """A profile to write: checked, with its cluster and its ``(dim,)`` vector, as it came; passages and token vectors, if any."""

    row: Row
    cluster: int
    vector: Vectors
    source: str
    passages: Sequence[Passage] = ()
    tokens: bytes = b""

    @property
    def profile(self) -> Embedded:
        """As it is written."""
        return Embedded(self.row, self.cluster, self.vector, self.passages, self.tokens)


@dataclass(frozen=True)
class Rejection:
    """An entry of the stream that cannot be applied, and why."""

    entry: str
    fields: Mapping[str, str]
    reason: str


@dataclass(frozen=True)
class Batch:
    """Changes that are applied at once.

    Attributes:
        upserts: profiles to write.
        deletes: ids to remove.
        entries: for each id, the entry of the stream that it comes from.
        done: entries that need no more work once this is applied, rejected ones included.
        rejected: entries that cannot be applied.
        group: the consumer group that the entries belong to.
    """

    upserts: Sequence[Upsert] = ()
    deletes: Sequence[str] = ()
    entries: Mapping[str, str] = field(default_factory=dict)
    done: Sequence[str] = ()
    rejected: Sequence[Rejection] = ()
    group: str = ""
