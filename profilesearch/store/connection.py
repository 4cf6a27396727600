"""The connection to Redis, and its errors as errors of ours."""

import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias, cast

import redis

from ..errors import IndexNotReady, RedisUnavailable, StoreError
from ..settings import Settings
from .patience import CONNECTIONS, Patience

_CLUSTER_ERRORS = (
    redis.exceptions.AskError,
    redis.exceptions.MovedError,
    redis.exceptions.ClusterCrossSlotError,
    redis.exceptions.ClusterDownError,
    redis.exceptions.TryAgainError,
)

_NO_INDEX = ("No such index", "no such index", "Index not found", "Unknown Index name")

Client: TypeAlias = Any
"""A redis-py client. Untyped, because the stubs that redis-om brings describe a redis-py of years ago."""


def connect(settings: Settings, patience: float = 1.0) -> Client:
    """A client for RESP2 with bytes, that waits and tries again when the connection is lost.

    Its connections are closed when it is no longer used.

    Args:
        settings: where Redis is.
        patience: seconds that a call is tried again while Redis is away or loading its data. One that Redis does not
            answer ends after this time too, or after the settings' ``redis_timeout`` if that is more.
    """
    pool = redis.ConnectionPool.from_url(
        settings.redis_url,
        protocol=2,
        socket_timeout=settings.redis_timeout,
        socket_connect_timeout=min(5.0, settings.redis_timeout),
        health_check_interval=30,
        retry=Patience(patience, settings.redis_timeout),
        retry_on_error=[redis.exceptions.ConnectionError, redis.exceptions.BusyLoadingError],
    )
    pool.connection_class = CONNECTIONS[pool.connection_class]
    client: Client = cast(Any, redis.Redis).from_pool(pool)
    close_with(client, client)
    return client


def decoding(client: Client) -> Client:
    """Another client of the same server, that returns texts."""
    pool = client.connection_pool
    options = pool.connection_kwargs | {"decode_responses": True}
    return redis.Redis(connection_pool=redis.ConnectionPool(connection_class=pool.connection_class, **options))


def address(client: Client) -> list[str]:
    """Where the server is, as redis-cli's arguments say it."""
    where = client.connection_pool.connection_kwargs
    if where.get("path"):
        return ["-s", str(where["path"])]
    return ["-h", str(where.get("host", "127.0.0.1")), "-p", str(where.get("port", 6379))]


def close_with(owner: object, client: Client) -> None:
    """Close a client's connections once nothing refers to their owner: at once, or when its cycle is collected."""
    weakref.finalize(owner, client.connection_pool.disconnect)


@contextmanager
def translated() -> Iterator[None]:
    """Errors of the client as errors of ours; the URL's password never appears in them."""
    try:
        yield
    except redis.exceptions.AuthenticationError as error:
        raise RedisUnavailable(f"Redis wants other credentials than REDIS_URL has: {error}") from error
    except redis.exceptions.BusyLoadingError as error:
        raise RedisUnavailable(str(error)) from error
    except (redis.exceptions.ConnectionError, redis.exceptions.TimeoutError) as error:
        raise RedisUnavailable(
            f"Redis cannot be reached: {error}. Is it running? REDIS_URL says where it is expected"
        ) from error
    except _CLUSTER_ERRORS as error:
        raise StoreError(
            f"this Redis is a node of a Redis Cluster ({error}), which is not supported: transactions here span keys of "
            "several slots. Let REDIS_URL name a single Redis 8 that runs without cluster-enabled"
        ) from error
    except redis.exceptions.ResponseError as error:
        if str(error).startswith("unknown command") and "FT." in str(error):
            raise StoreError("this Redis has no Query Engine: use Redis 8, or python -m redis_local") from error
        if str(error).startswith("LOADING"):
            raise RedisUnavailable(str(error)) from error
        if "maxmemory" in str(error):
            raise StoreError(
                "Redis has reached its maxmemory and refused to store more: raise it, or free memory with "
                "python -m indexer prune --keep 0"
            ) from error
        if any(sign in str(error) for sign in _NO_INDEX):
            raise IndexNotReady(f"the index is gone ({error}): build again, or roll back") from error
        raise StoreError(f"Redis refused: {error}") from error


def text(value: bytes | str) -> str:
    """A reply as a text to show or to compare. Bytes that are no UTF-8 become U+FFFD: never store what this returns."""
    return value.decode(errors="replace") if isinstance(value, bytes) else value


def exact(value: bytes | str) -> str:
    """A reply as a text that still has every byte: what is no UTF-8 becomes surrogates, which checks refuse."""
    return value.decode(errors="surrogateescape") if isinstance(value, bytes) else value


def as_bytes(value: str) -> bytes:
    """What :func:`exact` read, as the bytes it was read from; a surrogate of another kind becomes a question mark."""
    try:
        return value.encode(errors="surrogateescape")
    except UnicodeEncodeError:
        return value.encode(errors="replace")
