"""Long texts that somebody searched for, so that addresses can name them by a digest instead of holding them."""

import hashlib
import time
from base64 import urlsafe_b64encode

import redis

from .connection import Client, text, translated

MOST_TEXTS = 5000
"""Texts that are kept at once; those that nobody has used for longest go first."""

_PREFIX = "profiles:text:"
_LATEST = "profiles:texts"
_DAY = 86_400
_DIGEST_BYTES = 15


class Texts:
    """Texts under their digests, each for so many days since it was last used.

    The sorted set ``profiles:texts`` has their digests by the time of their last use, in seconds since 1970.

    Args:
        client: where they are kept.
        most: how many at once.
    """

    def __init__(self, client: Client, most: int = MOST_TEXTS) -> None:
        self._client = client
        self._most = most

    def keep(self, query: str, days: float) -> str:
        """Keep a text, and remove the oldest beyond the most that are kept.

        Returns:
            Its digest: 20 letters, digits, hyphens and underscores, the first 120 bits of SHA-256.

        Raises:
            StoreError: Redis is away, full or read-only.
        """
        digest = urlsafe_b64encode(hashlib.sha256(query.encode()).digest()[:_DIGEST_BYTES]).decode()
        with translated(), self._client.pipeline(transaction=True) as pipe:
            pipe.set(_PREFIX + digest, query.encode(), ex=_seconds(days))
            pipe.zadd(_LATEST, {digest: time.time()})
            pipe.expire(_LATEST, _seconds(days))
            pipe.zremrangebyscore(_LATEST, "-inf", time.time() - _seconds(days))
            pipe.zrange(_LATEST, 0, -self._most - 1)
            if oldest := [text(digest) for digest in pipe.execute()[-1]]:
                self._client.unlink(*(_PREFIX + digest for digest in oldest))
                self._client.zrem(_LATEST, *oldest)
        return digest

    def get(self, digest: str, days: float) -> str | None:
        """The text with a digest, which is then kept for so many days from now; None if it is not there any more.

        With 0 days it is kept for as long as it was to be kept already.

        Raises:
            StoreError: Redis is away.
        """
        with translated():
            value = self._client.get(_PREFIX + digest)
            if value is None:
                return None
            if days:
                self._used(digest, days)
        return text(value)

    def _used(self, digest: str, days: float) -> None:
        try:
            with self._client.pipeline(transaction=True) as pipe:
                pipe.expire(_PREFIX + digest, _seconds(days))
                pipe.expire(_LATEST, _seconds(days))
                pipe.zadd(_LATEST, {digest: time.time()})
                pipe.execute()
        except redis.exceptions.ResponseError:
            pass  # a full or read-only Redis still answers searches


def _seconds(days: float) -> int:
    return max(1, round(days * _DAY))
