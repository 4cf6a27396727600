"""The records of all versions: named, saved, read, listed, forgotten."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import chain

from ...errors import DamagedVersion, RedisUnavailable, StoreError, UnknownVersion
from ..fence import Fence
from ..keys import Keys
from ..server import Server
from ..wire.refusals import Refused, WrongType
from ..wire.replies import Words, pairs, text
from .records import State, VersionRecord, version_number

log = logging.getLogger(__name__)

FORMAT = 3
"""Of what a version consists of."""

FORMAT_WITHOUT_WORDS = 2
"""Still read; any other must be built again."""

WAY_OUT = "build the index again, or go back with python -m indexer rollback"
"""What helps when a version cannot be read."""


@dataclass(frozen=True)
class Survey:
    """All versions that are known, oldest first.

    Attributes:
        records: those that can be read.
        damaged: the names of the others, and what is wrong with each.
        newer: those of ``damaged`` that a newer release wrote.
    """

    records: tuple[VersionRecord, ...]
    damaged: Mapping[str, str]
    newer: frozenset[str]


class _NewerRelease(DamagedVersion):
    pass


class Registry:
    """The records of all versions.

    Args:
        server: where they are.
        keys: the collection's.
        fence: what writes must pass.

    Every method that writes raises:
        BuildRunning: somebody else has the lock.
    """

    def __init__(self, server: Server, keys: Keys, fence: Fence) -> None:
        self._server = server
        self._keys = keys
        self._fence = fence

    def new_name(self) -> str:
        """A name that no version has and no profile is stored under, whoever wrote it: v1, v2, …"""
        try:
            (number,) = self._fence.run([("INCR", self._keys.count)])
        except Refused:
            number = 1  # what stood there was no number
        if number == 1 or self._is_taken(number):  # the first, or the count is lost
            number = 1 + max((version_number(name) for name in self._recorded()), default=0)
            while self._is_taken(number):
                number += 1
            self._fence.run([("SET", self._keys.count, number)])
        return f"v{number}"

    def _is_taken(self, number: int) -> bool:
        version = f"v{number}"
        profiles = self._server.scan(self._keys.collection.key(version, ""))
        return bool(self._server.run("EXISTS", self._keys.record(version))) or any(True for _ in profiles)

    def save(self, record: VersionRecord) -> None:
        """Store what is known of a version; its counters begin anew."""
        values = chain.from_iterable(record.to_hash().items())
        self._fence.run(
            [
                ("HSET", self._keys.record(record.version), *values, "format", FORMAT),
                ("UNLINK", self._keys.counters(record.version)),
                ("ZADD", self._keys.versions, record.number, record.version),
            ]
        )

    def set_state(self, record: VersionRecord, state: State) -> VersionRecord:
        """Store a version with another state."""
        record = replace(record, state=state)
        self.save(record)
        return record

    # ------------------------------------------------------------ one
    def get(self, name: str) -> VersionRecord:
        """One version, with what its counters say.

        Raises:
            UnknownVersion: there is none of this name.
            DamagedVersion: its record is damaged, or another release wrote it.
        """
        return self._stored(name).counted(pairs(self._counters(name)))

    def _stored(self, name: str) -> VersionRecord:
        try:
            data: dict[bytes, bytes] = self._server.run("HGETALL", self._keys.record(name))
        except WrongType as error:
            raise DamagedVersion(f"version {name}: its record is damaged: {error}: {WAY_OUT}") from error
        if not data:
            known = ", ".join(self.names()) or "none"
            raise UnknownVersion(f"there is no version {name!r}; there are: {known}")
        try:
            format_ = int(data.get(b"format", b"0"))
            if format_ in (FORMAT, FORMAT_WITHOUT_WORDS):
                record = VersionRecord.from_hash(name, data, self._keys.collection)
                return record if format_ == FORMAT else replace(record, words=False)
        except ValueError as error:
            raise DamagedVersion(f"version {name}: its record is damaged: {error}: {WAY_OUT}") from error
        if format_ > FORMAT:
            raise _NewerRelease(f"version {name} was written by a newer release: use that one, or {WAY_OUT}")
        raise DamagedVersion(
            f"version {name} was written by an earlier release, in a format that this one cannot read: {WAY_OUT}"
        )

    def _counters(self, name: str) -> list[bytes]:
        try:
            counters: list[bytes] = self._server.ask([("HGETALL", self._keys.counters(name))])[0]
            return counters
        except RedisUnavailable:
            raise
        except StoreError:
            return []  # damaged: the record has what was counted when it was built

    # ------------------------------------------------------------ all
    def names(self) -> list[str]:
        """All versions' names, oldest first."""
        try:
            return [text(name) for name in self._server.run("ZRANGE", self._keys.versions, 0, -1)]
        except WrongType:
            return sorted(self._recorded(), key=version_number)

    def _recorded(self) -> set[str]:
        """Names of the versions that have a record, by a SCAN over everything."""
        prefix = f"{self._keys.records}:"
        names = {text(key).removeprefix(prefix) for key in self._server.scan(prefix)}
        return {name for name in names if version_number(name)}

    def traces(self) -> set[str]:
        """Names of all versions that left anything in Redis, as far as it is this collection's own.

        Profiles alone are no trace: a version's record goes last, so another application's hashes are not taken for it.
        """
        collection = self._keys.collection
        indexes = map(text, self._server.run("FT._LIST"))
        names = {index.removeprefix(collection.index("")).removesuffix(":passages") for index in indexes}
        names |= {self._keys.version_of(text(key)) for key in self._server.scan(self._keys.prefix)}
        return {name for name in {*names, *self.names()} if version_number(name)}

    def repair(self) -> None:
        """Make the list of versions anew from their records, if it is gone or damaged."""
        if text(self._server.run("TYPE", self._keys.versions)) != "zset":
            key = self._keys.versions
            adding: list[Words] = [("ZADD", key, version_number(name), name) for name in self._recorded()]
            self._fence.run([("UNLINK", key), *adding])

    def survey(self) -> Survey:
        """Every version that is known: those that can be read, and what is wrong with the others."""
        records, damaged, newer = [], {}, set()
        for name in self.names():
            try:
                records.append(self.get(name))
            except UnknownVersion:
                continue  # removed meanwhile
            except DamagedVersion as error:
                damaged[name] = str(error)
                newer |= {name} if isinstance(error, _NewerRelease) else set()
        return Survey(tuple(records), damaged, frozenset(newer))

    def all(self) -> list[VersionRecord]:
        """Every version that can be read, oldest first; a warning for each of the others."""
        survey = self.survey()
        for reason in survey.damaged.values():
            log.warning("%s", reason)
        return list(survey.records)

    # ------------------------------------------------------------ removing
    def mark_removing(self, version: str) -> None:
        """Let nobody make a version live any more, and remove its cluster model and its word model.

        Raises:
            VersionIsLive: it is live; nothing was done.
        """
        # UNLINK first: a script that began with it may write where memory is full, so that this can make room
        mark: list[Words] = [("UNLINK", self._keys.clusters(version)), ("UNLINK", self._keys.words(version))]
        if text(self._server.run("TYPE", self._keys.record(version))) == "hash":
            mark.append(("HSET", self._keys.record(version), "state", "removing"))
        self._fence.run(mark, version)

    def forget_counters(self, version: str) -> None:
        """Remove a version's counters; raises as :meth:`forget`."""
        self._fence.run([("UNLINK", self._keys.counters(version))], version)

    def forget(self, version: str) -> None:
        """Remove a version's record and counters.

        Raises:
            VersionIsLive: it is live.
        """
        removing: list[Words] = [("UNLINK", self._keys.record(version)), ("UNLINK", self._keys.counters(version))]
        self._fence.run([*removing, ("ZREM", self._keys.versions, version)], version)
