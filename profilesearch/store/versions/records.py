"""What is known of one version of the index, and how it is a hash in Redis.

The fields of :class:`VersionRecord` are the fields of the hash: texts as they are, everything else as JSON.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_type_hints

from pydantic import NonNegativeInt, TypeAdapter, ValidationError

from ...collection import PROFILES, Collection
from ...errors import InvalidRequest
from ...fields import Fields
from ...vector_index import VectorIndex

State = Literal["building", "ready", "live", "retired", "failed", "removing"]


@dataclass(frozen=True)
class VersionRecord:
    """What is known of one version of the index.

    Attributes:
        inputs: digest of everything that the profiles were made of; a build of the same goes on where this one was.
        clustered: digest of what the clusters were fitted on; equal ones need not be fitted again.
        source_digest: digest of the checked rows, in their order.
        profiles: how many there are, changes since the build included.
        written: how many of the source's rows are in Redis, while it is being built.
        changed: how many changes were applied since it was built.
        built_sizes: profiles in each cluster when it was built.
        far: distance to the nearest centroid that 99 % of the profiles stayed below when it was built.
        built_at, live_at: seconds since 1970, 0 if never.
        seconds: how long each stage took.
        checks: what was verified before it went live, and what was found.
        identity: tells it from another version of the same name; names come again after FLUSHALL.
        sizes: profiles in each cluster now; empty if nothing changed since it was built.
        words: whether its index knows words, as those of earlier releases do not: they are searched by meaning alone.
        language: of the words, as the Query Engine names it; empty for its default, English.
        languages: ISO 639-1 codes of the languages that its profiles say they are in, the most frequent first; empty if all
            are in that of the words.
        passages: whether long texts have a vector for each passage besides, in an index of their own.
        token_vectors: how many token vectors each profile has at the most, for a closer look; 0 for none.
        collection: what it is a version of.
    """

    version: str
    model: str
    fingerprint: str
    fields: Fields
    vectors: VectorIndex
    state: State = "building"
    inputs: str = ""
    clustered: str = ""
    source: str = ""
    source_digest: str = ""
    profiles: NonNegativeInt = 0
    written: NonNegativeInt = 0
    changed: NonNegativeInt = 0
    far: float = 0.0
    built_by: str = ""
    started_at: float = 0.0
    built_at: float = 0.0
    live_at: float = 0.0
    built_sizes: Sequence[NonNegativeInt] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)
    checks: Mapping[str, str] = field(default_factory=dict)
    identity: str = field(default_factory=lambda: uuid.uuid4().hex)
    sizes: Sequence[int] = ()
    words: bool = True
    language: str = ""
    languages: tuple[str, ...] = ()
    passages: bool = False
    token_vectors: NonNegativeInt = 0
    collection: Collection = PROFILES

    @property
    def index(self) -> str:
        """The name of its index."""
        return self.collection.index(self.version)

    @property
    def number(self) -> int:
        """Versions in the order in which they were begun."""
        return version_number(self.version)

    def key(self, id_: str) -> str:
        """The key of one profile."""
        return self.collection.key(self.version, id_)

    @property
    def passage_index(self) -> str:
        """The name of the index over its passages."""
        return self.collection.passage_index(self.version)

    def passage_key(self, id_: str, number: int) -> str:
        """The key of one passage, from 1."""
        return self.collection.passage_key(self.version, id_, number)

    def counted(self, counters: Mapping[bytes, bytes]) -> "VersionRecord":
        """With what its counters say, as far as they can be read; see :meth:`~..keys.Keys.counters`."""
        if not counters:
            return self
        try:
            counted = _COUNTERS.validate_python({name.decode(): value for name, value in counters.items()})
            sizes = _SIZES.validate_json(counted.sizes)
        except ValueError:
            return self
        profiles = self.profiles if counted.profiles is None else counted.profiles
        return replace(self, profiles=profiles, changed=self.changed + counted.changed, sizes=sizes)

    def to_hash(self) -> dict[str, str | bytes]:
        """The fields of its hash."""
        values = {name: getattr(self, name) for name in _STORED}
        return {name: value if name in _TEXTS else _STORED[name].dump_json(value) for name, value in values.items()}

    @classmethod
    def from_hash(cls, version: str, data: Mapping[bytes, bytes], collection: Collection = PROFILES) -> "VersionRecord":
        """Read what :meth:`to_hash` wrote; further fields are none of its business.

        Raises:
            ValueError: the first field that is not what it should be, and why.
        """
        values: dict[str, Any] = {}
        for name, kind in _STORED.items():
            if (value := data.get(name.encode())) is None:
                if name in _REQUIRED:
                    raise ValueError(f"{name}: expected a value, got none")
                continue
            try:
                values[name] = kind.validate_python(value.decode()) if name in _TEXTS else kind.validate_json(value)
            except (ValueError, InvalidRequest) as error:
                raise ValueError(f"{name}: {_reason(error)}") from error
        return cls(version=version, collection=collection, **values)


@dataclass(frozen=True)
class _Counters:
    profiles: NonNegativeInt | None = None
    changed: NonNegativeInt = 0
    sizes: str = "[]"


_COUNTERS = TypeAdapter(_Counters)
_SIZES = TypeAdapter(list[NonNegativeInt])
_ELSEWHERE = ("version", "sizes", "collection")
"""What the key, the counters and the reader know."""

_HINTS = {
    name: hint for name, hint in get_type_hints(VersionRecord, include_extras=True).items() if name not in _ELSEWHERE
}
_STORED: dict[str, TypeAdapter[Any]] = {name: TypeAdapter(hint) for name, hint in _HINTS.items()}
_TEXTS = frozenset(name for name, hint in _HINTS.items() if hint in (str, State))
_REQUIRED = ("model", "fingerprint", "fields", "vectors", "state")


def _reason(error: Exception) -> str:
    return str(error.errors()[0]["msg"]) if isinstance(error, ValidationError) else str(error)


def version_number(name: str) -> int:
    """v12 as 12; 0 for what is no version's name."""
    return int(name[1:]) if name[:1] == "v" and name[1:].isascii() and name[1:].isdigit() and len(name) < 12 else 0
