"""Long texts that somebody searched for, so that addresses can name them by a digest instead of holding them."""

import hashlib
import time
from base64 import urlsafe_b64encode

from ..errors import RedisUnavailable, StoreError
from .keys import Keys
from .server import Server
from .wire.replies import text

MOST_TEXTS = 5000
"""Texts that are kept at once; those that nobody has used for longest go first."""

_DAY = 86_400
_DIGEST_BYTES = 15


class Texts:
    """Texts under their digests, each for so many days since it was last used.

    A sorted set has their digests by the time of their last use, in seconds since 1970.

    Args:
        server: where they are kept.
        keys: the collection's.
        most: how many at once.
    """

    def __init__(self, server: Server, keys: Keys, most: int = MOST_TEXTS) -> None:
        self._server = server
        self._keys = keys
        self._most = most

    def keep(self, query: str, days: float) -> str:
        """Keep a text, and remove the oldest beyond the most that are kept.

        Returns:
            Its digest: 20 letters, digits, hyphens and underscores, the first 120 bits of SHA-256.

        Raises:
            StoreError: Redis is away, full or read-only.
        """
        digest = urlsafe_b64encode(hashlib.sha256(query.encode()).digest()[:_DIGEST_BYTES]).decode()
        now, seconds, latest = time.time(), _seconds(days), self._keys.texts
        replies = self._server.together(
            [
                ("SET", self._keys.text(digest), query.encode(), "EX", seconds),
                ("ZADD", latest, now, digest),
                ("EXPIRE", latest, seconds),
                ("ZREMRANGEBYSCORE", latest, "-inf", now - seconds),
                ("ZRANGE", latest, 0, -self._most - 1),
            ]
        )
        if oldest := [text(digest) for digest in replies[-1]]:
            self._server.ask([("UNLINK", *map(self._keys.text, oldest)), ("ZREM", latest, *oldest)])
        return digest

    def get(self, digest: str, days: float) -> str | None:
        """The text with a digest, which is then kept for so many days from now; None if it is not there any more.

        With 0 days it is kept for as long as it was to be kept already.

        Raises:
            StoreError: Redis is away.
        """
        value = self._server.run("GET", self._keys.text(digest))
        if value is None:
            return None
        if days:
            self._used(digest, days)
        return text(value)

    def _used(self, digest: str, days: float) -> None:
        seconds, latest = _seconds(days), self._keys.texts
        try:
            self._server.together(
                [
                    ("EXPIRE", self._keys.text(digest), seconds),
                    ("EXPIRE", latest, seconds),
                    ("ZADD", latest, time.time(), digest),
                ]
            )
        except RedisUnavailable:
            raise
        except StoreError:
            pass  # a full or read-only Redis still answers searches


def _seconds(days: float) -> int:
    return max(1, round(days * _DAY))
