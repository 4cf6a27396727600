"""What is known of one version of the index, and how that is read from Redis."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from pydantic import NonNegativeInt, TypeAdapter, ValidationError

from ..errors import InvalidRequest
from ..fields import Fields
from ..vector_index import VectorIndex

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
    profiles: int = 0
    written: int = 0
    changed: int = 0
    far: float = 0.0
    built_by: str = ""
    started_at: float = 0.0
    built_at: float = 0.0
    live_at: float = 0.0
    built_sizes: Sequence[int] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)
    checks: Mapping[str, str] = field(default_factory=dict)
    identity: str = field(default_factory=lambda: uuid.uuid4().hex)
    sizes: Sequence[int] = ()

    @property
    def index(self) -> str:
        """The name of its index."""
        return f"profiles:{self.version}"

    @property
    def number(self) -> int:
        """Versions in the order in which they were begun."""
        return version_number(self.version)

    def key(self, id_: str) -> str:
        """The key of one profile."""
        return f"profile:{self.version}:{id_}"

    def counted(self, counters: Mapping[bytes, bytes]) -> "VersionRecord":
        """With what its counters say, as far as they can be read; see :data:`~.keys.COUNTERS`."""
        if not counters:
            return self
        try:
            counted = _COUNTERS.validate_python({name.decode(): value for name, value in counters.items()})
            sizes = _SIZES.validate_json(counted.sizes)
        except ValueError:
            return self
        profiles = self.profiles if counted.profiles is None else counted.profiles
        return replace(self, profiles=profiles, changed=self.changed + counted.changed, sizes=sizes)


@dataclass(frozen=True)
class _Counters:
    profiles: NonNegativeInt | None = None
    changed: NonNegativeInt = 0
    sizes: str = "[]"


_COUNTERS = TypeAdapter(_Counters)
_SIZES = TypeAdapter(list[NonNegativeInt])
_PARTS: dict[str, TypeAdapter[Any]] = {
    "state": TypeAdapter(State),
    "fields": TypeAdapter(Fields),
    "vectors": TypeAdapter(VectorIndex),
    "seconds": TypeAdapter(dict[str, float]),
    "checks": TypeAdapter(dict[str, str]),
    "built_sizes": TypeAdapter(list[NonNegativeInt]),
}


def read_record(version: str, values: Mapping[str, Any]) -> VersionRecord:
    """A record from the fields of its hash; those that hold JSON as text.

    Raises:
        ValueError: the first field that is not what it should be, and why.
    """
    read = dict(values)
    for name, kind in _PARTS.items():
        try:
            read[name] = kind.validate_python(read[name]) if name == "state" else kind.validate_json(read[name])
        except (ValueError, InvalidRequest) as error:
            raise ValueError(f"{name}: {_reason(error)}") from error
    for name in ("profiles", "written", "changed"):
        if read[name] < 0:
            raise ValueError(f"{name}: expected a number that is not negative, got {read[name]}")
    if read["vectors"].dimension < 1:
        raise ValueError(f"vectors: expected a dimension of at least 1, got {read['vectors'].dimension}")
    return VersionRecord(version=version, **read)


def _reason(error: Exception) -> str:
    return str(error.errors()[0]["msg"]) if isinstance(error, ValidationError) else str(error)


def version_number(name: str) -> int:
    """v12 as 12; 0 for what is no version's name."""
    return int(name[1:]) if name[:1] == "v" and name[1:].isascii() and name[1:].isdigit() and len(name) < 12 else 0
