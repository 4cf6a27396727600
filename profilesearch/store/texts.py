"""Long texts that somebody searched for, so that addresses can name them by a digest instead of holding them."""

import hashlib
from base64 import urlsafe_b64encode

import redis

from .connection import Client, text, translated

_PREFIX = "profiles:text:"
_DAY = 86_400
_DIGEST_BYTES = 15


class Texts:
    """Texts under their digests, each for so many days since it was last used."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def keep(self, query: str, days: float) -> str:
        """Keep a text.

        Returns:
            Its digest: 20 letters, digits, hyphens and underscores, the first 120 bits of SHA-256.

        Raises:
            StoreError: Redis is away, full or read-only.
        """
        digest = urlsafe_b64encode(hashlib.sha256(query.encode()).digest()[:_DIGEST_BYTES]).decode()
        with translated():
            self._client.set(_PREFIX + digest, query.encode(), ex=_seconds(days))
        return digest

    def get(self, digest: str, days: float) -> str | None:
        """The text with a digest, which is then kept for so many days from now; None if it is not there any more.

        Raises:
            StoreError: Redis is away.
        """
        with translated():
            value = self._client.get(_PREFIX + digest)
            if value is None:
                return None
            try:
                self._client.expire(_PREFIX + digest, _seconds(days))
            except redis.exceptions.ResponseError:
                pass  # a full or read-only Redis still answers searches
        return text(value)

    def remove(self, digest: str) -> bool:
        """Remove a text; False if there was none."""
        with translated():
            return bool(self._client.unlink(_PREFIX + digest))


def _seconds(days: float) -> int:
    return max(1, round(days * _DAY))
