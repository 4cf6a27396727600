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

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")


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
        text_days: ``PROFILESEARCH_TEXT_DAYS``, how many days a long text is kept in Redis after it was last searched
            for, so that its address can be short. Default 30; 0 keeps none, and addresses hold the whole text.
        request_patience: ``PROFILESEARCH_REQUEST_PATIENCE``, seconds that one request to the web app waits for Redis in
            all. Default 2.
        allowed_hosts: ``PROFILESEARCH_ALLOWED_HOSTS``, names that the web app answers to, separated by commas; ``*``
            is any. Default: this machine's loopback names.
        allow_anonymous: ``ALLOW_ANONYMOUS``, 1 if the web app may listen beyond this machine though it asks nobody who
            they are. Default 0.
        word_list: ``PROFILESEARCH_WORD_LIST``, a TOML file with further names of one thing (Munich, München) and
            abbreviations, of the form of ``profilesearch/text/word_list.toml``. Default: only those that come with it.
        rerankers: ``PROFILESEARCH_RERANKERS``, what searches may ask for a closer look, separated by commas: ``late``,
            ``cross-encoder:MODEL``, ``pairwise:MODEL``, ``listwise:MODEL``. The last two send texts to the language model at
            ``OPENAI_BASE_URL``, with the key in ``OPENAI_API_KEY``. Default: late, which stays on this machine.
        rerank_calls: ``PROFILESEARCH_RERANK_CALLS``, how often one search may ask a language model. Default 90.
        rerank_seconds: ``PROFILESEARCH_RERANK_SECONDS``, how long it may wait for the answers. Default 20.
    """

    redis_url: str = "redis://127.0.0.1:6390/0"
    model: str = DEFAULT_MODEL
    device: Device = "auto"
    redis_timeout: float = 10.0
    redis_patience: float = 60.0
    cache: Path = Path("data/cache")
    recent_queries: int = 20
    precision: Precision = "auto"
    text_days: float = 30.0
    request_patience: float = 2.0
    allowed_hosts: tuple[str, ...] = LOOPBACK_NAMES
    allow_anonymous: bool = False
    word_list: Path | None = None
    rerankers: tuple[str, ...] = ("late",)
    rerank_calls: int = 90
    rerank_seconds: float = 20.0

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
        recent = _count(environ, "PROFILESEARCH_RECENT_QUERIES", cls.recent_queries, 1000)
        cache = Path(environ.get("PROFILESEARCH_CACHE") or cls.cache)
        names = [name.strip().strip("[]").lower() for name in environ.get("PROFILESEARCH_ALLOWED_HOSTS", "").split(",")]
        return cls(
            redis_url=url,
            model=model,
            device=device,  # type: ignore[arg-type]  # checked above
            redis_timeout=seconds,
            redis_patience=patience,
            cache=cache,
            recent_queries=recent,
            precision=precision,  # type: ignore[arg-type]  # checked above
            text_days=_days(environ, "PROFILESEARCH_TEXT_DAYS", cls.text_days),
            request_patience=_seconds(environ, "PROFILESEARCH_REQUEST_PATIENCE", cls.request_patience),
            allowed_hosts=tuple(name for name in names if name) or cls.allowed_hosts,
            allow_anonymous=_switch(environ, "ALLOW_ANONYMOUS"),
            word_list=Path(words) if (words := environ.get("PROFILESEARCH_WORD_LIST")) else None,
            rerankers=tuple(filter(None, map(str.strip, environ.get("PROFILESEARCH_RERANKERS", "late").split(",")))),
            rerank_calls=_count(environ, "PROFILESEARCH_RERANK_CALLS", cls.rerank_calls, 10_000),
            rerank_seconds=_seconds(environ, "PROFILESEARCH_RERANK_SECONDS", cls.rerank_seconds),
        )


def _seconds(environ: Mapping[str, str], name: str, default: float) -> float:
    value = environ.get(name) or str(default)
    try:
        seconds = float(value)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < 3600:
        raise SettingsError(f"{name}: expected seconds between 0 and 3600, got {value!r}")
    return seconds


def _count(environ: Mapping[str, str], name: str, default: int, most: int) -> int:
    value = environ.get(name) or str(default)
    if not (value.isascii() and value.isdigit() and len(value) < 10 and int(value) <= most):
        raise SettingsError(f"{name}: expected a number from 0 to {most}, got {value!r}")
    return int(value)


def _days(environ: Mapping[str, str], name: str, default: float) -> float:
    value = environ.get(name) or str(default)
    try:
        days = float(value)
    except ValueError:
        days = -1.0
    if not 0 <= days <= 3650:
        raise SettingsError(f"{name}: expected days from 0 to 3650, got {value!r}")
    return days


def _switch(environ: Mapping[str, str], name: str) -> bool:
    value = environ.get(name) or "0"
    if value not in ("0", "1"):
        raise SettingsError(f"{name}: expected 1 or 0, got {value!r}")
    return value == "1"
