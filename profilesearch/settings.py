"""Configuration, read once from the environment at the edge."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args
from urllib.parse import urlsplit

from .errors import SettingsError

Device = Literal["auto", "cpu", "cuda", "mps"]

DEFAULT_MODEL = "all-MiniLM-L6-v2"


@dataclass(frozen=True)
class Settings:
    """Everything that the environment decides.

    Attributes:
        redis_url: ``REDIS_URL``, where Redis is. Default ``redis://127.0.0.1:6390/0``, where ``python -m redis_local``
            listens. ``rediss://`` for TLS.
        model: ``PROFILESEARCH_MODEL``, a sentence-transformers name or path. Default: the bundled all-MiniLM-L6-v2.
        device: ``PROFILESEARCH_DEVICE``, one of auto, cpu, cuda, mps. Default auto: the fastest there is.
        redis_timeout: ``PROFILESEARCH_REDIS_TIMEOUT``, seconds to wait for a reply from Redis. Default 10.
    """

    redis_url: str = "redis://127.0.0.1:6390/0"
    model: str = DEFAULT_MODEL
    device: Device = "auto"
    redis_timeout: float = 10.0

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """Read the variables that are set and not empty.

        Raises:
            SettingsError: naming the variable, what it holds and what was expected.
        """
        url = environ.get("REDIS_URL") or cls.redis_url
        if urlsplit(url).scheme not in ("redis", "rediss", "unix"):
            raise SettingsError("REDIS_URL: expected redis://host:port/db, rediss://… or unix://…, got something else")
        device = environ.get("PROFILESEARCH_DEVICE") or cls.device
        if device not in get_args(Device):
            raise SettingsError(f"PROFILESEARCH_DEVICE: expected one of {', '.join(get_args(Device))}, got {device!r}")
        timeout = environ.get("PROFILESEARCH_REDIS_TIMEOUT") or str(cls.redis_timeout)
        try:
            seconds = float(timeout)
        except ValueError:
            seconds = 0.0
        if not 0 < seconds < 3600:
            raise SettingsError(f"PROFILESEARCH_REDIS_TIMEOUT: expected seconds between 0 and 3600, got {timeout!r}")
        model = environ.get("PROFILESEARCH_MODEL") or cls.model
        return cls(url, model, device, seconds)  # type: ignore[arg-type]  # checked above
