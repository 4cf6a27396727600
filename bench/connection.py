"""Clients of Redis for benchmarks.

Their type is ``Any``: redis-om brings stubs of an older redis-py, which hide the types of the one that is installed.
"""

from typing import Any

import redis


def connect(**options: Any) -> Any:
    """A client for RESP2, with the options of :class:`redis.Redis`."""
    return redis.Redis(**{"protocol": 2, **options})


def connect_url(url: str) -> Any:
    """The same, by a URL."""
    options: dict[str, Any] = {"protocol": 2}
    return redis.Redis.from_url(url, **options)
