"""Versions of the index: what is known of each, and which one is live."""

import json
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from redis_om import Field, HashModel

import redis

from ..errors import NoLiveVersion, RedisUnavailable, StoreError, UnknownVersion
from ..profile import Fields, VectorIndex
from .bulk import ask
from .connection import Client, close_with, decoding, text, translated

log = logging.getLogger(__name__)

ALIAS = "profiles"
LIVE = "profiles:live"
COUNT = "profiles:count"
RECORD = "profiles:record"
VERSIONS = "profiles:versions"
"""Names in their order. redis-om's ``all_pks`` would find them too, by a SCAN of ten keys at a time over all profiles."""
FORMAT = 2
"""Of what a version consists of; one of another format must be built anew."""

State = Literal["building", "ready", "live", "retired", "failed"]


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


class _Version(HashModel):  # type: ignore[misc]  # redis-om has no types
    """How a version is stored: ``profiles:record:{version}``."""

    state: str = Field(index=True)
    format: int = 0
    model: str
    fingerprint: str
    fields: str
    vectors: str
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
    built_sizes: str = "[]"
    seconds: str = "{}"
    checks: str = "{}"


_AS_JSON = ("fields", "vectors", "seconds", "checks", "built_sizes")


class Versions:
    """The records of all versions.

    Args:
        client: a client for RESP2 that returns bytes, as from ``connect``.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        database = decoding(client)
        close_with(self, database)  # redis-om keeps the model, and with it its client
        meta = type("Meta", (), {"database": database, "global_key_prefix": "profiles", "model_key_prefix": "record"})
        self._model: Any = type("Version", (_Version,), {"Meta": meta, "__module__": __name__}, index=True)  # type: ignore[call-overload]
        self._seen: tuple[list[bytes], VersionRecord] | None = None

    def new_name(self) -> str:
        """A name that no version has had: v1, v2, …"""
        with translated():
            return f"v{self._client.incr(COUNT)}"

    def save(self, record: VersionRecord) -> None:
        """Store what is known of a version."""
        values: dict[str, Any] = {
            name: value for name, value in vars(record).items() if name in self._model.model_fields
        }
        values |= {"fields": json.dumps(record.fields.to_json()), "vectors": json.dumps(record.vectors.to_json()),
                   "seconds": json.dumps(dict(record.seconds)), "checks": json.dumps(dict(record.checks)),
                   "built_sizes": json.dumps(list(record.built_sizes)), "format": FORMAT}  # fmt: skip
        with translated():
            pipeline = self._client.pipeline(transaction=True)
            self._model(pk=record.version, **values).save(pipeline=pipeline)
            pipeline.zadd(VERSIONS, {record.version: record.number})
            pipeline.execute()

    def get(self, name: str) -> VersionRecord:
        """One version.

        Raises:
            UnknownVersion: there is none of this name.
            StoreError: another release wrote it.
        """
        from redis_om import NotFoundError

        try:
            with translated():
                stored = self._model.get(name)
        except NotFoundError:
            known = ", ".join(self._names()) or "none"
            raise UnknownVersion(f"there is no version {name!r}; there are: {known}") from None
        except redis.exceptions.ResponseError as error:
            raise StoreError(f"version {name}: its record is damaged: {error}") from error
        except ValueError as error:
            raise StoreError(f"version {name}: its record is damaged: {str(error).splitlines()[0]}") from error
        if stored.format != FORMAT:
            raise StoreError(f"version {name} was written by another release: build the index again")
        values = {name: getattr(stored, name) for name in self._model.model_fields if name not in ("pk", "format")}
        values |= {name: json.loads(values[name]) for name in _AS_JSON}
        return VersionRecord(
            version=stored.pk,
            **values | {"fields": Fields.from_json(values["fields"]), "vectors": VectorIndex(**values["vectors"])},
        )

    def _names(self) -> list[str]:
        with translated():
            return [text(name) for name in self._client.zrange(VERSIONS, 0, -1)]

    def all(self) -> list[VersionRecord]:
        """Every version that is known, oldest first; those of other releases, and damaged ones, are left out."""
        found = []
        for name in self._names():
            try:
                found.append(self.get(name))
            except UnknownVersion:
                continue  # removed meanwhile
            except RedisUnavailable:
                raise
            except StoreError as error:
                log.warning("%s", error)
        return found

    def live_name(self) -> str | None:
        """The live version's name, if there is one."""
        with translated():
            name = self._client.get(LIVE)
        return text(name) if name else None

    def live(self) -> VersionRecord:
        """The version that searches are answered from.

        Raises:
            NoLiveVersion: nothing has been published.
        """
        if (seen := self._seen) is not None and self._is_still_live(*seen):
            return seen[1]
        if not (name := self.live_name()):
            raise NoLiveVersion("no index has been published yet: run python -m indexer build FILE")
        with translated():
            try:
                (raw,) = ask(self._client, [("HGETALL", f"{RECORD}:{name}")])
            except redis.exceptions.ResponseError as error:
                if "WRONGTYPE" not in str(error):
                    raise
                raise StoreError(f"version {name} was written by another release: build the index again") from error
        if not raw:
            raise StoreError(f"the live version {name} has no record: build the index again")
        record = self.get(name)
        self._seen = (raw, record)
        return record

    def _is_still_live(self, raw: list[bytes], record: VersionRecord) -> bool:
        """Whether a version is live and its stored record the same as before; one round trip."""
        with translated():
            try:
                name, now = ask(self._client, [("GET", LIVE), ("HGETALL", f"{RECORD}:{record.version}")])
            except redis.exceptions.ResponseError:
                return False
        return text(name or b"") == record.version and now == raw

    def make_live(self, record: VersionRecord, lock: tuple[str, str] | None = None, settled: str | None = None) -> bool:
        """Move the pointer and then the alias to a version, and retire the one that was live.

        Args:
            record: the version.
            lock: a key, and what it must still hold.
            settled: a sorted set that must be empty.

        Returns:
            Whether it is live now; if not, one of these did not hold, or something changed meanwhile.
        """
        with translated():
            pipeline = self._client.pipeline(transaction=True)
            try:
                pipeline.watch(LIVE, *([lock[0]] if lock else []), *([settled] if settled else []))
                before = text(pipeline.get(LIVE) or b"")
                if lock and text(pipeline.get(lock[0]) or b"") != lock[1]:
                    return False
                if settled and pipeline.zcard(settled):
                    return False
                pipeline.multi()
                if before and before != record.version:
                    pipeline.hset(f"{RECORD}:{before}", "state", "retired")
                pipeline.hset(f"{RECORD}:{record.version}", mapping={"state": "live", "live_at": time.time()})
                pipeline.set(LIVE, record.version)
                pipeline.execute()
            except redis.exceptions.WatchError:
                return False
            finally:
                pipeline.reset()
        self.point_alias(record)
        return True

    def point_alias(self, record: VersionRecord) -> None:
        """Let the alias lead to a version: after it went live, or where an interruption came between the two."""
        with translated():
            self._client.execute_command("FT.ALIASUPDATE", ALIAS, record.index)

    def previous(self) -> VersionRecord:
        """The version that was live before the present one.

        Raises:
            UnknownVersion: no other version is left.
        """
        retired = [record for record in self.all() if record.state == "retired"]
        if not retired:
            raise UnknownVersion("there is no earlier version to go back to")
        return max(retired, key=lambda record: record.live_at)

    def forget(self, name: str) -> None:
        """Remove a record."""
        with translated():
            self._client.unlink(f"{RECORD}:{name}")
            self._client.zrem(VERSIONS, name)

    def set_state(self, record: VersionRecord, state: State) -> VersionRecord:
        """Store a version with another state."""
        record = replace(record, state=state)
        self.save(record)
        return record


def version_number(name: str) -> int:
    """v12 as 12; 0 for what is no version's name."""
    return int(name[1:]) if name[:1] == "v" and name[1:].isdecimal() and len(name) < 20 else 0
