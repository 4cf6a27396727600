"""Configuration, read once from the environment at the edge."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from .errors import SettingsError
from .redis_url import check_redis_url

Device = Literal["auto", "cpu", "cuda", "mps"]
Precision = Literal["auto", "float32", "bfloat16"]

DEFAULT_MODEL = "all-MiniLM-L6-v2"


@dataclass(frozen=True)
class Settings:
    """Everything that the environment decides.

    Attributes:
        redis_url: ``REDIS_URL``, where Redis is. Default ``redis://127.0.0.1:6390/0``, where ``python -m redis_local``
            listens. ``rediss://`` for TLS; see :mod:`profilesearch.redis_url`.
        model: ``PROFILESEARCH_MODEL``, a sentence-transformers name or path. Default: the bundled all-MiniLM-L6-v2.
        device: ``PROFILESEARCH_DEVICE``, one of auto, cpu, cuda, mps. Default auto: the fastest there is.
        precision: ``PROFILESEARCH_PRECISION``, one of auto, float32, bfloat16. Default auto: bfloat16 on a processor that
            multiplies it itself, if the model's vectors hardly change by it.
        redis_timeout: ``PROFILESEARCH_REDIS_TIMEOUT``, seconds to wait for a reply from Redis. Default 10.
        redis_patience: ``PROFILESEARCH_REDIS_PATIENCE``, seconds that a job waits for Redis to come back. Default 60.
        cache: ``PROFILESEARCH_CACHE``, a directory for computed vectors and what jobs put aside. Default ``data/cache``.
        recent_queries: ``PROFILESEARCH_RECENT_QUERIES``, how many of the latest queries are kept in Redis, to compare a
            new version with. Default 20; 0 keeps none.
    """

    redis_url: str = "redis://127.0.0.1:6390/0"
    model: str = DEFAULT_MODEL
    device: Device = "auto"
    redis_timeout: float = 10.0
    redis_patience: float = 60.0
    cache: Path = Path("data/cache")
    recent_queries: int = 20
    precision: Precision = "auto"

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """Read the variables that are set and not empty; an empty ``REDIS_URL`` is refused, since a secret may be missing.

        Raises:
            SettingsError: naming the variable, what it holds and what was expected.
        """
        url = check_redis_url(environ.get("REDIS_URL", cls.redis_url))
        device = environ.get("PROFILESEARCH_DEVICE") or cls.device
        if device not in get_args(Device):
            raise SettingsError(f"PROFILESEARCH_DEVICE: expected one of {', '.join(get_args(Device))}, got {device!r}")
        precision = environ.get("PROFILESEARCH_PRECISION") or cls.precision
        if precision not in get_args(Precision):
            expected = ", ".join(get_args(Precision))
            raise SettingsError(f"PROFILESEARCH_PRECISION: expected one of {expected}, got {precision!r}")
        seconds = _seconds(environ, "PROFILESEARCH_REDIS_TIMEOUT", cls.redis_timeout)
        patience = _seconds(environ, "PROFILESEARCH_REDIS_PATIENCE", cls.redis_patience)
        model = environ.get("PROFILESEARCH_MODEL") or cls.model
        recent = environ.get("PROFILESEARCH_RECENT_QUERIES") or str(cls.recent_queries)
        if not (recent.isascii() and recent.isdigit() and len(recent) < 10 and int(recent) <= 1000):
            raise SettingsError(f"PROFILESEARCH_RECENT_QUERIES: expected a number from 0 to 1000, got {recent!r}")
        cache = Path(environ.get("PROFILESEARCH_CACHE") or cls.cache)
        return cls(url, model, device, seconds, patience, cache, int(recent), precision)  # type: ignore[arg-type]


def _seconds(environ: Mapping[str, str], name: str, default: float) -> float:
    value = environ.get(name) or str(default)
    try:
        seconds = float(value)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < 3600:
        raise SettingsError(f"{name}: expected seconds between 0 and 3600, got {value!r}")
    return seconds
