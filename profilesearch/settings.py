"""Configuration, read once from the environment at the edge."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, get_args

from .errors import SettingsError
from .openai_address import OPENAI_URL, OpenAIAddress
from .redis_url import check_redis_url
from .runtime import Backend, Runtime

Device = Literal["auto", "cpu", "cuda", "mps"]
Precision = Literal["auto", "float32", "bfloat16"]

DEFAULT_MODEL = "all-MiniLM-L6-v2"

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")


def _setting(
    variable: str, read: Callable[[str], Any], default: Any, *, may_be_empty: bool = False, secret: bool = False
) -> Any:
    """A field that a variable sets.

    Args:
        variable: its name.
        read: the value of a text; raises ValueError with what was expected.
        default: where it is not set.
        may_be_empty: whether an empty one is a value, too; else it counts as not set.
        secret: whether it is left out where settings are shown.
    """
    return field(
        default=default, repr=not secret, metadata={"variable": variable, "read": read, "may_be_empty": may_be_empty}
    )


def _one_of(kind: Any) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in get_args(kind):
            raise ValueError(f"one of {', '.join(get_args(kind))}")
        return text

    return read


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _seconds(text: str) -> float:
    if not 0 < (seconds := _number(text)) < 3600:
        raise ValueError("seconds between 0 and 3600")
    return seconds


def _days(text: str) -> float:
    if not 0 <= (days := _number(text)) <= 3650:
        raise ValueError("days from 0 to 3650")
    return days


def _count(most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) <= most):
            raise ValueError(f"a number from 0 to {most}")
        return int(text)

    return read


def _switch(text: str) -> bool:
    if text not in ("0", "1"):
        raise ValueError("1 or 0")
    return text == "1"


def _list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _hosts(text: str) -> tuple[str, ...]:
    return tuple(name.strip("[]").lower() for name in _list(text)) or LOOPBACK_NAMES


@dataclass(frozen=True)
class Settings:
    """Everything that the environment decides.

    Attributes:
        redis_url: ``REDIS_URL``, where Redis is. Default ``redis://127.0.0.1:6390/0``, where ``python -m redis_local``
            listens. ``rediss://`` for TLS; see :mod:`profilesearch.redis_url`.
        model: ``PROFILESEARCH_MODEL``, a sentence-transformers name or path. Default: the bundled all-MiniLM-L6-v2.
        most_models: ``PROFILESEARCH_MOST_MODELS``, how many embedding models a web process holds in memory at once: the one above,
            and those of other versions that are live. Default 3; 1 answers 503 where the index has another model.
        device: ``PROFILESEARCH_DEVICE``, one of auto, cpu, cuda, mps. Default auto: the fastest there is.
        precision: ``PROFILESEARCH_PRECISION``, one of auto, float32, bfloat16. Default auto: bfloat16 on a processor that
            multiplies it itself, if the model's vectors hardly change by it.
        backend: ``EMBEDDING_BACKEND``, what runs a model of sentence-transformers on a processor: torch, onnx, openvino. Default
            auto: the fastest that is installed, if the model's vectors hardly change by it.
        threads: ``EMBEDDING_THREADS``, how many threads compute one batch. Default 0: as many as suit the cores.
        redis_timeout: ``PROFILESEARCH_REDIS_TIMEOUT``, seconds to wait for a reply from Redis. Default 10.
        redis_patience: ``PROFILESEARCH_REDIS_PATIENCE``, seconds that a job waits for Redis to come back. Default 60.
        cache: ``PROFILESEARCH_CACHE``, a directory for computed vectors, exported models and what jobs put aside. Default ``data/cache``.
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
        word_list: ``PROFILESEARCH_WORD_LIST``, a TOML file with further names of one thing (Munich, München), of
            jobs in several languages, and of abbreviations, of the form of ``profilesearch/text/word_list.toml``. Default: only those that come with it.
        rerankers: ``PROFILESEARCH_RERANKERS``, what searches may ask for a closer look, separated by commas: ``late``,
            ``cross-encoder:MODEL``, ``pairwise:MODEL``, ``listwise:MODEL``. The last two send texts to the language model at
            ``OPENAI_BASE_URL``, with the key in ``OPENAI_API_KEY``. Default: late, which stays on this machine.
        rerank_calls: ``PROFILESEARCH_RERANK_CALLS``, how often one search may ask a language model. Default 90.
        rerank_seconds: ``PROFILESEARCH_RERANK_SECONDS``, how long it may wait for the answers. Default 20.
        openai_url: ``OPENAI_BASE_URL``, where embedding and language models at an OpenAI-compatible address are; it may have
            a user and a password, and is not shown. Default: OpenAI's own.
        openai_key: ``OPENAI_API_KEY``, its key, which is nowhere shown. Default: none.
    """

    redis_url: str = _setting("REDIS_URL", check_redis_url, "redis://127.0.0.1:6390/0", may_be_empty=True)
    model: str = _setting("PROFILESEARCH_MODEL", str, DEFAULT_MODEL)
    most_models: int = _setting("PROFILESEARCH_MOST_MODELS", _count(100), 3)
    device: Device = _setting("PROFILESEARCH_DEVICE", _one_of(Device), "auto")
    redis_timeout: float = _setting("PROFILESEARCH_REDIS_TIMEOUT", _seconds, 10.0)
    redis_patience: float = _setting("PROFILESEARCH_REDIS_PATIENCE", _seconds, 60.0)
    cache: Path = _setting("PROFILESEARCH_CACHE", Path, Path("data/cache"))
    recent_queries: int = _setting("PROFILESEARCH_RECENT_QUERIES", _count(1000), 20)
    precision: Precision = _setting("PROFILESEARCH_PRECISION", _one_of(Precision), "auto")
    backend: Backend = _setting("EMBEDDING_BACKEND", _one_of(Backend), "auto")
    threads: int = _setting("EMBEDDING_THREADS", _count(1024), 0)
    text_days: float = _setting("PROFILESEARCH_TEXT_DAYS", _days, 30.0)
    request_patience: float = _setting("PROFILESEARCH_REQUEST_PATIENCE", _seconds, 2.0)
    allowed_hosts: tuple[str, ...] = _setting("PROFILESEARCH_ALLOWED_HOSTS", _hosts, LOOPBACK_NAMES)
    allow_anonymous: bool = _setting("ALLOW_ANONYMOUS", _switch, False)
    word_list: Path | None = _setting("PROFILESEARCH_WORD_LIST", Path, None)
    rerankers: tuple[str, ...] = _setting("PROFILESEARCH_RERANKERS", _list, ("late",), may_be_empty=True)
    rerank_calls: int = _setting("PROFILESEARCH_RERANK_CALLS", _count(10_000), 90)
    rerank_seconds: float = _setting("PROFILESEARCH_RERANK_SECONDS", _seconds, 20.0)
    openai_url: str = _setting("OPENAI_BASE_URL", str, OPENAI_URL, secret=True)
    openai_key: str | None = _setting("OPENAI_API_KEY", str, None, secret=True)

    @property
    def openai(self) -> OpenAIAddress:
        """Where an OpenAI-compatible API is, with its key."""
        return OpenAIAddress(self.openai_url, self.openai_key)

    @property
    def runtime(self) -> Runtime:
        """What runs the embedding model."""
        return Runtime(self.backend, self.threads, self.cache / "models")

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """Read the variables that are set and not empty; an empty ``REDIS_URL`` is refused, since a secret may be missing.

        Raises:
            SettingsError: naming the variable, what it holds and what was expected.
        """
        values = {}
        for setting in fields(cls):
            variable = setting.metadata["variable"]
            text = environ.get(variable)
            if text is None or not (text or setting.metadata["may_be_empty"]):
                continue
            try:
                values[setting.name] = setting.metadata["read"](text)
            except ValueError as error:
                raise SettingsError(f"{variable}: expected {error}, got {text!r}") from None
        return cls(**values)
