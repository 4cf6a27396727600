"""Redis: versions of the index, batched writes, publishing, and queries.

Nothing outside this file speaks to Redis. Names:

===========================  ============================================================
``profile:{version}:{id}``   a profile, as a hash
``profiles:{version}``       its index; the alias ``profiles`` leads to the live one
``profiles:live``            the live version's name
``profiles:record:{version}``  what is known of a version, as a hash
``profiles:clusters:{version}``  its cluster model, as a hash of plain arrays
``profiles:count``           counts versions
===========================  ============================================================
"""

import json
import logging
import shlex
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, TypeAlias

from redis.backoff import ExponentialBackoff
from redis.retry import Retry

import redis

from .calibration import Calibration
from .clustering import ClusterModel
from .errors import NoLiveVersion, RedisUnavailable, StoreError, UnknownProfile, VerificationFailed
from .profile import Fields, Profile, VectorIndex, clean_tag, profile_model, split_tags
from .settings import Settings
from .vectors import Vectors, from_bytes, to_bytes

log = logging.getLogger(__name__)

ALIAS = "profiles"
LIVE = "profiles:live"
_COUNT = "profiles:count"
_BATCH = 500
_INDEX_WAIT_SECONDS = 600.0

_OCTAL = [f"\\0{byte:03o}" for byte in range(256)]
_PUNCTUATION = frozenset(" \t\n\r\x0b\x0c!\"#$%&'()*+,-./:;<=>?@[\\]^`{|}~")


@dataclass(frozen=True)
class VersionRecord:
    """What is known of one version of the index."""

    version: str
    model: str
    fingerprint: str
    fields: Fields
    vectors: VectorIndex
    source: str = ""
    profiles: int = 0
    built_at: float = 0.0
    seconds: Mapping[str, float] = field(default_factory=dict)

    @property
    def index(self) -> str:
        return f"profiles:{self.version}"

    def key(self, id_: str) -> str:
        """The key of one profile."""
        return f"profile:{self.version}:{id_}"

    def to_json(self) -> str:
        return json.dumps({
            "version": self.version, "model": self.model, "fingerprint": self.fingerprint,
            "fields": self.fields.to_json(), "vectors": self.vectors.to_json(), "source": self.source,
            "profiles": self.profiles, "built_at": self.built_at, "seconds": dict(self.seconds),
        })  # fmt: skip

    @classmethod
    def from_json(cls, text: str | bytes) -> "VersionRecord":
        data = json.loads(text)
        fields, vectors = Fields.from_json(data.pop("fields")), VectorIndex(**data.pop("vectors"))
        return cls(fields=fields, vectors=vectors, **data)


@dataclass(frozen=True)
class Hit:
    """One profile that a query found; ``distance`` as Redis gives it, smaller is nearer."""

    id: str
    distance: float
    headline: str
    text: str
    cluster: int
    tags: Mapping[str, tuple[str, ...]]
    numbers: Mapping[str, float]


class Candidate(NamedTuple):
    """A profile that a query ranked: its id, and its distance as Redis gives it, smaller is nearer."""

    id: str
    distance: float


@dataclass(frozen=True)
class KnnQuery:
    """One hybrid query: the ``k`` nearest profiles among those that the filter admits."""

    vector: Vectors
    k: int
    clusters: Sequence[int] | None = None
    tags: Mapping[str, Sequence[str]] = field(default_factory=dict)
    numbers: Mapping[str, tuple[float | None, float | None]] = field(default_factory=dict)
    ef_runtime: int | None = None

    def filter(self) -> str:
        """The filter part, ``*`` if there is none. Every value in it is escaped."""
        parts = [_tag_filter("cluster", [str(c) for c in self.clusters])] if self.clusters is not None else []
        parts += [_tag_filter(name, values) for name, values in self.tags.items() if values]
        for name, (low, high) in self.numbers.items():
            if low is not None or high is not None:
                parts.append(f"@{name}:[{_bound(low, '-inf')} {_bound(high, '+inf')}]")
        return f"({' '.join(parts)})" if parts else "*"

    def text(self) -> str:
        """The whole query text, with the vector as the parameter ``vec``."""
        effort = f" EF_RUNTIME {self.ef_runtime}" if self.ef_runtime is not None else ""
        return f"{self.filter()}=>[KNN {self.k} @embedding $vec{effort} AS distance]"

    def arguments(self, offset: int = 0, limit: int | None = None) -> list[str]:
        """What follows the index in FT.SEARCH, but for the PARAMS with the vector."""
        window = [str(offset), str(self.k if limit is None else limit)]
        return [self.text(), "SORTBY", "distance", "RETURN", "1", "distance", "LIMIT", *window, "DIALECT", "2"]


def escape_tag(value: str) -> str:
    """A tag value for use within braces: every ASCII punctuation mark and space gets a backslash.

    Source: https://redis.io/docs/latest/develop/ai/search-and-query/advanced-concepts/escaping/
    """
    return "".join("\\" + c if c in _PUNCTUATION else c for c in value)


def _tag_filter(name: str, values: Iterable[str]) -> str:
    return f"@{name}:{{{'|'.join(escape_tag(clean_tag(value)) for value in values)}}}"


def _bound(value: float | None, otherwise: str) -> str:
    return otherwise if value is None else f"{value:.17g}"


Client: TypeAlias = Any
"""A redis-py client. Untyped, because the stubs that redis-om brings describe a redis-py of years ago."""


def connect(settings: Settings) -> Client:
    """A client for RESP2 with bytes, that waits and tries again when the connection is lost."""
    options: dict[str, Any] = {
        "protocol": 2,
        "socket_timeout": settings.redis_timeout,
        "socket_connect_timeout": min(5.0, settings.redis_timeout),
        "health_check_interval": 30,
        "retry": Retry(ExponentialBackoff(cap=1.0, base=0.05), 3),
        "retry_on_error": [redis.exceptions.ConnectionError],
    }
    return redis.Redis.from_url(settings.redis_url, **options)


@contextmanager
def _translated() -> Iterator[None]:
    """Errors of the client as errors of ours; the URL's password never appears in them."""
    try:
        yield
    except redis.exceptions.AuthenticationError as error:
        raise RedisUnavailable(f"Redis wants other credentials than REDIS_URL has: {error}") from error
    except (redis.exceptions.ConnectionError, redis.exceptions.TimeoutError) as error:
        raise RedisUnavailable(
            f"Redis cannot be reached: {error}. Is it running? REDIS_URL says where it is expected"
        ) from error
    except redis.exceptions.ResponseError as error:
        if str(error).startswith("unknown command") and "FT." in str(error):
            raise StoreError("this Redis has no Query Engine: use Redis 8, or python -m redis_local") from error
        if str(error).startswith("LOADING"):
            raise RedisUnavailable(str(error)) from error
        raise StoreError(f"Redis refused: {error}") from error


class Store:
    """The profiles in Redis.

    Args:
        client: a client for RESP2 that returns bytes, as from :func:`connect`.
    """

    def __init__(self, client: Client) -> None:
        self._client = client

    # ------------------------------------------------------------ versions
    def ping(self) -> None:
        """Check that Redis answers.

        Raises:
            RedisUnavailable: it does not.
        """
        with _translated():
            self._client.ping()

    def live(self) -> VersionRecord:
        """The version that searches are answered from.

        Raises:
            NoLiveVersion: nothing has been published.
        """
        with _translated():
            live = self._client.get(LIVE)
            if not live:
                raise NoLiveVersion("no index has been published yet: run python -m indexer build FILE")
            name = _text(live)
            data = self._client.get(f"profiles:record:{name}")
        if not data:
            raise StoreError(f"the live version {name} has no record: build the index again")
        return VersionRecord.from_json(data)

    def new_version(self) -> str:
        """A name that no version has had: v1, v2, …"""
        with _translated():
            return f"v{self._client.incr(_COUNT)}"

    def create(self, record: VersionRecord, index: str | None = None) -> None:
        """Create the index of a version, or another one over its profiles under another name."""
        schema = profile_model(record.version, record.fields, record.vectors).redisearch_schema()
        with _translated():
            self._client.execute_command("FT.CREATE", index or record.index, *schema.split(" "))

    def write(self, record: VersionRecord, profiles: Iterable[tuple[Profile, Vectors]]) -> Iterator[int]:
        """Write profiles with their vectors as hashes, in pipelines.

        Yields:
            How many further profiles are written, once per pipeline.
        """
        batch: list[tuple[str, dict[str, Any]]] = []
        for profile, vector in profiles:
            batch.append((record.key(profile.id), _to_hash(profile, vector)))
            if len(batch) == _BATCH:
                yield self._write(batch)
                batch = []
        if batch:
            yield self._write(batch)

    def _write(self, batch: Sequence[tuple[str, dict[str, Any]]]) -> int:
        with _translated():
            pipeline = self._client.pipeline(transaction=False)
            for key, mapping in batch:
                pipeline.hset(key, mapping=mapping)
            pipeline.execute()
        return len(batch)

    def write_clusters(self, record: VersionRecord, clusters: ClusterModel, calibration: Calibration) -> None:
        """Store a version's cluster model, and what it costs, beside it."""
        with _translated():
            self._client.hset(f"profiles:clusters:{record.version}", mapping=clusters.to_hash() | calibration.to_hash())  # type: ignore[arg-type]

    def clusters(self, record: VersionRecord) -> ClusterModel:
        """A version's cluster model alone; see :meth:`clustering`."""
        return self.clustering(record)[0]

    def clustering(self, record: VersionRecord) -> tuple[ClusterModel, Calibration]:
        """A version's cluster model, and what it costs.

        Raises:
            StoreError: it is missing or damaged.
        """
        with _translated():
            data = self._client.hgetall(f"profiles:clusters:{record.version}")
        try:
            return ClusterModel.from_hash(data), Calibration.from_hash(data)
        except ValueError as error:
            raise StoreError(f"version {record.version}: {error}") from error

    def verify(self, record: VersionRecord, index: str | None = None) -> None:
        """Wait until the version's index (or another one over its profiles) is whole, and check that everybody is in it.

        Raises:
            VerificationFailed: profiles are missing from the index, or could not be indexed.
        """
        deadline = time.monotonic() + _INDEX_WAIT_SECONDS
        while True:
            info = self._info(index or record.index)
            if float(info["percent_indexed"]) >= 1 and not int(info["indexing"]):
                break
            if time.monotonic() > deadline:
                raise VerificationFailed(
                    f"version {record.version}: still {info['percent_indexed']} indexed after a long wait"
                )
            time.sleep(0.05)
        failures, documents = int(info["hash_indexing_failures"]), int(info["num_docs"])
        if failures or documents != record.profiles:
            raise VerificationFailed(
                f"version {record.version} was not published: expected {record.profiles} indexed profiles and no "
                f"failures, got {documents} and {failures}"
            )

    def _info(self, index: str) -> dict[str, Any]:
        with _translated():
            reply = self._client.execute_command("FT.INFO", index)
        if isinstance(reply, dict):
            return {_text(name): value for name, value in reply.items()}
        return {_text(reply[i]): reply[i + 1] for i in range(0, len(reply), 2)}

    def publish(self, record: VersionRecord) -> None:
        """Make a version the live one: its record, then the alias, then the pointer that the web app follows."""
        with _translated():
            self._client.set(f"profiles:record:{record.version}", record.to_json())
            self._client.execute_command("FT.ALIASUPDATE", ALIAS, record.index)
            self._client.set(LIVE, record.version)

    def drop_index(self, index: str) -> None:
        """Remove an index and leave the profiles."""
        with _translated():
            self._client.execute_command("FT.DROPINDEX", index)

    def drop(self, version: str) -> None:
        """Remove a version with its index, profiles and cluster model."""
        with _translated():
            try:
                self._client.execute_command("FT.DROPINDEX", f"profiles:{version}")
            except redis.exceptions.ResponseError:
                log.debug("version %s has no index", version)
            self._client.unlink(f"profiles:record:{version}", f"profiles:clusters:{version}")
            batch: list[bytes] = []
            for key in self._client.scan_iter(match=f"profile:{version}:*", count=1000):
                batch.append(key)
                if len(batch) >= _BATCH:
                    self._client.unlink(*batch)
                    batch = []
            if batch:
                self._client.unlink(*batch)

    def versions(self) -> list[str]:
        """Names of all versions that left something in Redis, oldest first."""
        with _translated():
            indexes = [_text(name) for name in self._client.execute_command("FT._LIST")]
            keys = [*self._client.scan_iter(match="profiles:record:*", count=1000),
                    *self._client.scan_iter(match="profiles:clusters:*", count=1000)]  # fmt: skip
        names = {name.removeprefix("profiles:") for name in indexes if name.startswith("profiles:v")}
        names |= {_text(key).split(":", 2)[2] for key in keys}
        return sorted(names, key=lambda name: int(name[1:]) if name[1:].isdigit() else 0)

    # ------------------------------------------------------------ queries
    def rank(self, record: VersionRecord, query: KnnQuery, index: str | None = None) -> list[Candidate]:
        """Ids and distances of the nearest profiles, nearest first, equal distances by id: one FT.SEARCH."""
        if query.k < 1:
            return []
        with _translated():
            reply = self._client.execute_command(
                "FT.SEARCH", index or record.index, *query.arguments(), "PARAMS", 2, "vec", to_bytes(query.vector)
            )
        prefix = len(record.key("").encode())
        found = [
            (float(fields[1]), key[prefix:].decode()) for key, fields in zip(reply[1::2], reply[2::2], strict=True)
        ]
        return [Candidate(id_, distance) for distance, id_ in sorted(found)]

    def read(self, record: VersionRecord, candidates: Sequence[Candidate]) -> list[Hit]:
        """The profiles behind candidates, in their order, in one pipeline; one deleted meanwhile is left out."""
        if not candidates:
            return []
        names = ["headline", "text", "cluster", *record.fields.tags, *record.fields.numbers]
        with _translated():
            pipeline = self._client.pipeline(transaction=False)
            for candidate in candidates:
                pipeline.hmget(record.key(candidate.id), names)
            replies = pipeline.execute()
        return [
            _hit(
                record, candidate, {name: value for name, value in zip(names, values, strict=True) if value is not None}
            )
            for candidate, values in zip(candidates, replies, strict=True)
            if values[1] is not None
        ]

    def nearest(self, record: VersionRecord, query: KnnQuery) -> list[Hit]:
        """The nearest profiles themselves, in the order of :meth:`rank`."""
        return self.read(record, self.rank(record, query))

    def count_by_cluster(self, record: VersionRecord, query: KnnQuery) -> dict[int, int]:
        """How many profiles of each cluster the query's filters admit, whatever clusters the query names."""
        admitted = replace(query, clusters=None).filter()
        with _translated():
            reply = self._client.execute_command(
                "FT.AGGREGATE", record.index, admitted, "GROUPBY", 1, "@cluster", "REDUCE", "COUNT", 0, "AS", "n",
                "LIMIT", 0, 100_000, "DIALECT", 2,
            )  # fmt: skip
        rows = [{_text(row[i]): row[i + 1] for i in range(0, len(row), 2)} for row in reply[1:]]
        return {int(row["cluster"]): int(row["n"]) for row in rows if row.get("cluster")}

    def ids(self, record: VersionRecord) -> list[str]:
        """The id of every profile of a version, in no order."""
        prefix = record.key("")
        with _translated():
            return [_text(key)[len(prefix) :] for key in self._client.scan_iter(match=f"{prefix}*", count=1000)]

    def profile(self, record: VersionRecord, id_: str) -> tuple[Hit, Vectors]:
        """One profile and its ``(dim,)`` vector.

        Raises:
            UnknownProfile: there is none with this id.
        """
        with _translated():
            data = self._client.hgetall(record.key(id_))
        if not data:
            raise UnknownProfile("id", f"no profile has the id {id_!r}")
        vector = from_bytes(data.pop(b"embedding"), record.vectors.dimension)
        values = {_text(name): value for name, value in data.items()}
        return _hit(record, Candidate(id_, 0.0), values), vector

    def count(self, record: VersionRecord, query: KnnQuery) -> int:
        """How many profiles the query's filter admits."""
        with _translated():
            reply = self._client.execute_command("FT.SEARCH", record.index, query.filter(), "LIMIT", 0, 0, "DIALECT", 2)
        return int(reply[0])

    def command(self, query: KnnQuery, offset: int = 0, limit: int | None = None, index: str = ALIAS) -> str:
        """The query as a line for a shell: printf writes the vector, redis-cli reads it as its last argument.

        A password is left out: redis-cli takes it from ``REDISCLI_AUTH``.
        """
        where = self._client.connection_pool.connection_kwargs
        if where.get("path"):
            server = ["-s", str(where["path"])]
        else:
            server = ["-h", str(where.get("host", "127.0.0.1")), "-p", str(where.get("port", 6379))]
        words = ["redis-cli", *server, "-x", "FT.SEARCH", index, *query.arguments(offset, limit), "PARAMS", "2", "vec"]
        octal = "".join([_OCTAL[byte] for byte in to_bytes(query.vector)])
        return f"printf %b '{octal}' | {shlex.join(words)}"


def _to_hash(profile: Profile, vector: Vectors) -> dict[str, Any]:
    values = profile.model_dump(exclude={"pk", "embedding"}, exclude_none=True)
    return {**values, "embedding": to_bytes(vector)}


def _hit(record: VersionRecord, candidate: Candidate, values: Mapping[str, bytes]) -> Hit:
    return Hit(
        candidate.id, candidate.distance, _text(values.get("headline", b"")), _text(values.get("text", b"")),
        int(values.get("cluster") or -1),
        {name: split_tags(_text(values[name])) for name in record.fields.tags if values.get(name)},
        {name: float(values[name]) for name in record.fields.numbers if values.get(name)},
    )  # fmt: skip


def _text(value: bytes | str) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else value
