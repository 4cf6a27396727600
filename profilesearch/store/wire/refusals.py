"""Errors of redis-py as errors of ours."""

from collections.abc import Iterator
from contextlib import contextmanager

import redis

from ...errors import BuildRunning, IndexNotReady, RedisUnavailable, StoreError, VersionIsLive
from .guard import FENCED, LIVE

_CLUSTER_ERRORS = (
    redis.exceptions.AskError,
    redis.exceptions.MovedError,
    redis.exceptions.ClusterCrossSlotError,
    redis.exceptions.ClusterDownError,
    redis.exceptions.TryAgainError,
)
_NO_INDEX = ("no such index", "index not found", "unknown index name", "unknown: index")


class Refused(StoreError):
    """Redis answered a command with an error that has no meaning of its own here.

    Args:
        reply: the error as Redis worded it.
    """

    def __init__(self, reply: str) -> None:
        super().__init__(f"Redis refused: {reply}")
        self.reply = reply


class WrongType(Refused):
    """Something of another type stands where a command expected its own."""


class UnknownCommand(StoreError):
    """Redis does not have the command."""


@contextmanager
def translated() -> Iterator[None]:
    """Raise what redis-py raises as an error of ours; the URL's password never appears in it."""
    try:
        yield
    except redis.exceptions.AuthenticationError as error:
        raise RedisUnavailable(f"Redis wants other credentials than REDIS_URL has: {error}") from error
    except redis.exceptions.BusyLoadingError as error:
        raise RedisUnavailable(str(error)) from error
    except (redis.exceptions.ConnectionError, redis.exceptions.TimeoutError) as error:
        raise RedisUnavailable(
            f"Redis cannot be reached: {str(error).rstrip('.')}. Is it running? REDIS_URL says where it is expected"
        ) from error
    except _CLUSTER_ERRORS as error:
        raise StoreError(
            f"this Redis is a node of a Redis Cluster ({error}), which is not supported: transactions here span keys of "
            "several slots. Let REDIS_URL name a single Redis 8 that runs without cluster-enabled"
        ) from error
    except redis.exceptions.ResponseError as error:
        raise refusal(str(error)) from error


def refusal(reply: str) -> StoreError:
    """An error reply as an error of ours."""
    if reply.startswith(FENCED):
        return BuildRunning(
            "this job lost its lock while it was cut off from Redis, and another one began: it wrote nothing after that"
        )
    if reply.startswith(LIVE):
        return VersionIsLive("this version is live by now: it is not removed")
    if reply.startswith("LOADING"):
        return RedisUnavailable(reply)
    if reply.startswith("unknown command"):
        engine = "this Redis has no Query Engine: use Redis 8, or python -m redis_local"
        return UnknownCommand(engine if "FT." in reply else f"Redis refused: {reply}")
    if "maxmemory" in reply:
        return StoreError(
            "Redis has reached its maxmemory and refused to store more: raise it, or free memory with "
            "python -m indexer prune --keep 0"
        )
    if any(sign in reply.lower() for sign in _NO_INDEX):
        return IndexNotReady(f"the index is gone ({reply}): build again, or roll back")
    return WrongType(reply) if "WRONGTYPE" in reply else Refused(reply)
