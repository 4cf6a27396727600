"""One version's hashes and index: written in pipelines, verified, searched, removed."""

import contextlib
import json
import logging
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import redis

from ..clusters.calibration import Calibration
from ..clusters.model import ClusterModel
from ..collection import PROFILES
from ..errors import DamagedVersion, IndexNotReady, UnknownProfile, VerificationFailed
from ..row import Row
from ..tags import split_tags
from ..vectors import Vectors, from_bytes
from . import command
from .bulk import BulkWriter, Command, ask, in_parts
from .changes import Changes
from .connection import Client, address, text, translated
from .counts import Counts
from .fence import Fence
from .filter import Filter
from .hybrid import HybridRanker
from .keys import ALIAS, clusters_key, counters_key, record_key
from .query import Candidate, Hit, KnnQuery, Query
from .recent_queries import RecentQueries
from .record import VersionRecord, version_number
from .schema import WORDS, profile_model
from .shell import command_line
from .texts import Texts
from .versions import WAY_OUT, Versions

log = logging.getLogger(__name__)

_COUNT = """
local identity = redis.pcall('HGET', KEYS[1], 'identity')
if redis.call('EXISTS', KEYS[1]) == 0 or type(identity) == 'table' or (identity or '') ~= ARGV[1] then return end
if redis.call('TYPE', KEYS[2]).ok ~= 'hash' then redis.call('UNLINK', KEYS[2]) end
redis.call('HSET', KEYS[2], 'profiles', ARGV[2], 'sizes', ARGV[3])
"""
_BATCH = 500
_ROWS_AT_ONCE = 100
_INDEX_WAIT_SECONDS = 600.0


@dataclass(frozen=True)
class IndexInfo:
    """What FT.INFO says of an index: documents in it, and hashes that could not be indexed."""

    documents: int
    failures: int


class Store:
    """The profiles in Redis.

    Args:
        client: a client for RESP2 that returns bytes, as from ``connect``.
        token: the lock's, which every write of a version must pass; see :class:`Fence`. Without one they pass.

    Attributes:
        versions: what is known of each version, and which is live.
        changes: changes between builds.
        recent: the latest queries.
        texts: long texts that addresses refer to.
        counts: how many profiles a filter admits.
    """

    def __init__(self, client: Client, token: str = "") -> None:
        self._client = client
        self._fence = Fence(client, token)
        self.versions = Versions(client, self._fence)
        self.changes = Changes(client, self._fence)
        self.recent = RecentQueries(client)
        self.texts = Texts(client)
        self.counts = Counts(client)
        self.hybrid = HybridRanker(client)

    def locked(self, token: str) -> "Store":
        """The same store for the owner of the lock: whatever it writes, it writes only while nobody else has it."""
        return Store(self._client, token)

    def ping(self) -> None:
        """Check that Redis answers.

        Raises:
            RedisUnavailable: it does not.
        """
        with translated():
            self._client.ping()

    # ------------------------------------------------------------ writing a version
    def create(self, record: VersionRecord) -> None:
        """Begin a version: its record and its index."""
        self.versions.save(record)
        self.create_index(record)

    def create_index(self, record: VersionRecord, index: str | None = None) -> None:
        """Create the index of a version, or another one over its profiles under another name."""
        self._fence.check()
        schema = profile_model(record.version, record.fields, record.vectors).redisearch_schema()
        with translated():
            self._client.execute_command("FT.CREATE", index or record.index, *schema.split(" "), *WORDS)

    def write(self, record: VersionRecord, profiles: Iterable[tuple[Row, int, Vectors]]) -> Iterator[int]:
        """Write profiles, their clusters and their vectors as hashes, in batches.

        How many of the source's rows are surely written is counted in the record. While batches are on their way the
        next one is made.

        Yields:
            How many further profiles are written, from time to time.

        Raises:
            BuildRunning: somebody else has the lock; the batch that was sent last, and all after it, were not written.
            VersionIsLive: somebody made the version live.
        """
        key, told = record_key(record.version), record.written
        written = [record.written]  # after each batch
        with translated(), self._refused(), BulkWriter(self._client) as writer:
            for batch in in_parts(profiles, _ROWS_AT_ONCE, lambda profile: profile[0].size):
                hashes = [
                    ("HSET", record.key(row.id), *chain.from_iterable(row.to_hash(cluster, vector).items()))
                    for row, cluster, vector in batch
                ]
                commands = [("HSET", key, "written", written[writer.done]), *hashes]
                writer.send(self._fence.transaction_of(commands, record.version))
                written.append(written[-1] + len(batch))
                yield written[writer.done] - told
                told = written[writer.done]
            writer.finish()
            self._fence.run([("HSET", key, "written", written[-1])])
            yield written[-1] - told

    @contextlib.contextmanager
    def _refused(self) -> Iterator[None]:
        try:
            yield
        except redis.exceptions.ResponseError as error:
            raise self._fence.refusal(error) from error

    def write_clusters(self, record: VersionRecord, clusters: ClusterModel, calibration: Calibration) -> None:
        """Store a version's cluster model, and what it costs, beside it.

        Raises:
            BuildRunning: somebody else has the lock.
        """
        values = chain.from_iterable((clusters.to_hash() | calibration.to_hash()).items())
        self._fence.run([("HSET", clusters_key(record.version), *values)])

    def clusters(self, record: VersionRecord) -> ClusterModel:
        """A version's cluster model alone; see :meth:`clustering`."""
        return self.clustering(record)[0]

    def clustering(self, record: VersionRecord) -> tuple[ClusterModel, Calibration]:
        """A version's cluster model with its present sizes, and what it costs.

        Raises:
            DamagedVersion: it is missing or damaged.
        """
        with translated():
            try:
                data = self._client.hgetall(clusters_key(record.version))
            except redis.exceptions.ResponseError as error:
                if "WRONGTYPE" not in str(error):
                    raise
                data = {}
        try:
            model, calibration = ClusterModel.from_hash(data), Calibration.from_hash(data)
            model.check_dimension(record.vectors.dimension)
            calibration.check_clusters(len(model))
        except ValueError as error:
            raise DamagedVersion(
                f"version {record.version}: its cluster model is damaged: {error}: {WAY_OUT}"
            ) from error
        return model.resized(record.sizes) if len(record.sizes) == len(model) else model, calibration

    def wait_until_indexed(self, record: VersionRecord, index: str | None = None) -> IndexInfo:
        """Wait until the version's index (or another one over its profiles) has read every hash.

        Raises:
            VerificationFailed: it takes longer than ten minutes.
        """
        deadline = time.monotonic() + _INDEX_WAIT_SECONDS
        while True:
            info = self._info(index or record.index)
            if float(info["percent_indexed"]) >= 1 and not int(info["indexing"]):
                return IndexInfo(int(info["num_docs"]), int(info["hash_indexing_failures"]))
            if time.monotonic() > deadline:
                raise VerificationFailed(
                    f"version {record.version}: still {info['percent_indexed']} indexed after a long wait"
                )
            time.sleep(0.05)

    def check(self, record: VersionRecord, query: KnnQuery) -> None:
        """Check that a version's index finds what a query asks for.

        Raises:
            IndexNotReady: the index is gone, is still being read, or finds nobody though the version has profiles.
        """
        if not self.has_index(record.version):
            raise IndexNotReady(f"the index of version {record.version} is gone: build again, or roll back")
        share = float(self._info(record.index)["percent_indexed"])
        if share < 1:
            raise IndexNotReady(f"the index of version {record.version} is still being read ({share:.0%})")
        if record.profiles and not self.rank(record, query):
            raise IndexNotReady(f"the index of version {record.version} finds none of its {record.profiles} profiles")

    def has_index(self, version: str) -> bool:
        """Whether the version has an index."""
        with translated():
            return f"profiles:{version}" in {text(name) for name in self._client.execute_command("FT._LIST")}

    def _info(self, index: str) -> dict[str, Any]:
        with translated():
            reply = self._client.execute_command("FT.INFO", index)
        if isinstance(reply, dict):
            return {text(name): value for name, value in reply.items()}
        return {text(reply[i]): reply[i + 1] for i in range(0, len(reply), 2)}

    # ------------------------------------------------------------ removing
    def drop_index(self, index: str) -> None:
        """Remove an index and leave the profiles; none is no error."""
        self._fence.check()
        with translated():
            try:
                self._client.execute_command("FT.DROPINDEX", index)
            except redis.exceptions.ResponseError as error:
                if not any(word in str(error).lower() for word in ("unknown", "no such", "not found")):
                    raise

    def drop(self, version: str, *, keep_record: bool = False) -> int:
        """Remove a version with its index, profiles and cluster model, in batches.

        It is marked first, so that nobody can make it live any more, and the record goes last, so that what is left by an
        interruption is still known of.

        Returns:
            How many profiles were removed.

        Raises:
            VersionIsLive: it is live; nothing was removed.
            BuildRunning: somebody else has the lock.
        """
        # UNLINK first: a script that began with it may write where memory is full, so that this can make room
        mark: list[Command] = [("UNLINK", clusters_key(version))]
        if "hash" == text(self._type(record_key(version))):
            mark.append(("HSET", record_key(version), "state", "removing"))
        self._fence.run(mark, version)
        self.drop_index(f"profiles:{version}")
        removed = 0
        with translated():
            for batch in _batches(self._client.scan_iter(match=f"profile:{version}:*", count=1000)):
                removed += int(self._fence.run([("UNLINK", *batch)], version)[0])
        self._fence.run([("UNLINK", counters_key(version))], version)
        if not keep_record:
            self.versions.forget(version)
        return removed

    def _type(self, key: str) -> bytes:
        with translated():
            kind: bytes = self._client.type(key)
        return kind

    def traces(self) -> set[str]:
        """Names of all versions that left anything in Redis: an index, a record, clusters or profiles."""
        with translated():
            indexes = [text(name) for name in self._client.execute_command("FT._LIST")]
            names = {_version_of(key) for key in self._client.scan_iter(match="profile*", count=1000)}
        names |= {name.removeprefix("profiles:") for name in indexes}
        return {name for name in names if version_number(name)}

    # ------------------------------------------------------------ queries
    def rank(self, record: VersionRecord, query: KnnQuery, index: str | None = None) -> list[Candidate]:
        """Ids and distances of the nearest profiles, nearest first, equal distances by id: one FT.SEARCH."""
        if query.k < 1:
            return []
        with translated():
            reply = self._client.execute_command(*command.search(index or record.index, query))
        prefix = len(record.key("").encode())
        found = [
            # a key that is not UTF-8 keeps its place among the candidates, so that read() can leave it out and be counted
            (float(fields[1]), key[prefix:].decode(errors="surrogateescape"))
            for key, fields in zip(reply[1::2], reply[2::2], strict=True)
        ]
        return [Candidate(id_, distance) for distance, id_ in sorted(found)]

    def read(self, record: VersionRecord, candidates: Sequence[Candidate]) -> list[Hit]:
        """The profiles behind candidates, in their order, in one pipeline.

        One that was deleted meanwhile, or that is damaged, is left out; the log names the damaged ones.
        """
        readable = [candidate for candidate in candidates if _is_utf8(candidate.id)]
        if len(readable) < len(candidates):
            log.warning("version %s: %d keys are not UTF-8", record.version, len(candidates) - len(readable))
        if not readable:
            return []
        names = [PROFILES.title, PROFILES.text, "cluster", *record.fields.tags, *record.fields.numbers]
        with translated():
            replies = ask(self._client, [("HMGET", record.key(candidate.id), *names) for candidate in readable])
        hits = []
        for candidate, values in zip(readable, replies, strict=True):
            if values[1] is None:
                continue
            try:
                data = {name: value for name, value in zip(names, values, strict=True) if value is not None}
                hits.append(_hit(record, candidate, data))
            except ValueError as error:
                log.warning("%s is damaged: %s", record.key(candidate.id), error)
        return hits

    def vectors(self, record: VersionRecord, ids: Sequence[str]) -> dict[str, Vectors]:
        """The ``(dim,)`` vectors of some profiles by id, in one round trip; those that are gone or damaged are left out."""
        readable = [id_ for id_ in ids if _is_utf8(id_)]
        with translated():
            replies = (
                ask(self._client, [("HGET", record.key(id_), "embedding") for id_ in readable]) if readable else []
            )
        vectors = {}
        for id_, data in zip(readable, replies, strict=True):
            with contextlib.suppress(ValueError):
                vectors[id_] = from_bytes(data or b"", record.vectors.dimension)
        return vectors

    def nearest(self, record: VersionRecord, query: KnnQuery) -> list[Hit]:
        """The nearest profiles themselves, in the order of :meth:`rank`."""
        return self.read(record, self.rank(record, query))

    def profile(self, record: VersionRecord, id_: str) -> tuple[Hit, Vectors]:
        """One profile and its ``(dim,)`` vector.

        Raises:
            UnknownProfile: there is none with this id, or it is damaged.
        """
        with translated():
            data = self._client.hgetall(record.key(id_)) if _is_utf8(id_) else {}
        if not data:
            raise UnknownProfile("id", f"no profile has the id {id_!r}")
        try:
            vector = from_bytes(data.pop(b"embedding", b""), record.vectors.dimension)
            values = {text(name): value for name, value in data.items()}
            return _hit(record, Candidate(id_, 0.0), values), vector
        except ValueError as error:
            raise UnknownProfile(
                "id", f"the profile with the id {id_!r} is damaged in Redis ({error}): sync or build writes it again"
            ) from error

    # ------------------------------------------------------------ all of a version
    def ids(self, record: VersionRecord) -> list[str]:
        """The id of every profile of a version, in no order."""
        return [id_ for id_, _ in self.each(record)]

    def each(self, record: VersionRecord, *names: str) -> Iterator[tuple[str, list[bytes | None]]]:
        """Every profile of a version, in no order: its id, and the named fields of its hash.

        Keys that are not UTF-8 are left out: no source can have such an id.
        """
        prefix = len(record.key("").encode())
        keys = self._client.scan_iter(match=f"{record.key('')}*", count=1000)
        with translated():
            for batch in _batches(key for key in keys if _is_utf8(key)):
                if not names:
                    yield from ((key[prefix:].decode(), []) for key in batch)
                    continue
                replies = ask(self._client, [("HMGET", key, *names) for key in batch])
                yield from zip([key[prefix:].decode() for key in batch], replies, strict=True)

    def digests(self, record: VersionRecord, ids: Sequence[str]) -> list[str | None]:
        """The digest of each profile's row; None for those that are not there."""
        found: list[str | None] = []
        with translated():
            for batch in _batches(ids):
                replies = ask(self._client, [("HGET", record.key(id_), "digest") for id_ in batch])
                found += [None if digest is None else text(digest) for digest in replies]
        return found

    def refresh_counts(self, record: VersionRecord) -> VersionRecord:
        """Count a version's profiles and the sizes of its clusters anew after changes, beside its record."""
        clusters = self.clusters(record)
        counts = self.counts.by_cluster(record, Filter())
        sizes = [counts.get(number, 0) for number in range(len(clusters))]
        profiles = self.counts.total(record, Filter())
        with translated():
            self._client.eval(
                _COUNT, 2, record_key(record.version), counters_key(record.version), record.identity, profiles,
                json.dumps(sizes),
            )  # fmt: skip
        return replace(record, profiles=profiles, sizes=sizes)

    def command(self, query: Query, offset: int = 0, limit: int | None = None, index: str = ALIAS) -> str:
        """The query as a line for a shell; see :func:`command_line`."""
        return command_line(address(self._client), command.command_of(index, query, offset, limit))


def _version_of(key: bytes) -> str:
    """``profile:v1:…``, ``profiles:record:v1``, ``profiles:clusters:v1`` and so on as v1; else nothing."""
    parts = key.split(b":", 2)
    if parts[0] == b"profile" and len(parts) == 3:
        return text(parts[1])
    return text(parts[2]) if len(parts) == 3 and parts[1] in (b"record", b"clusters", b"counters") else ""


def _is_utf8(value: bytes | str) -> bool:
    """Whether bytes are UTF-8, or a text has none that are not (as ``surrogateescape`` keeps them)."""
    try:
        value.decode() if isinstance(value, bytes) else value.encode()
    except UnicodeError:
        return False
    return True


def _batches(keys: Iterable[Any], size: int = _BATCH) -> Iterator[list[Any]]:
    batch: list[Any] = []
    for key in keys:
        batch.append(key)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def _hit(record: VersionRecord, candidate: Candidate, values: Mapping[str, bytes]) -> Hit:
    return Hit(
        candidate.id, candidate.score, text(values.get(PROFILES.title, b"")), text(values.get(PROFILES.text, b"")),
        int(values.get("cluster") or b"-1"),
        {name: split_tags(text(values[name])) for name in record.fields.tags if values.get(name)},
        {name: float(values[name]) for name in record.fields.numbers if values.get(name)},
    )  # fmt: skip
