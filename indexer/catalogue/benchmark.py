"""What a model costs on this machine."""

import platform
import resource
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from profilesearch.embedding import CountsTokens, Encoder

_QUERIES = 30
_QUERY_WORDS = 20


@dataclass(frozen=True)
class Cost:
    """What a model costs.

    Attributes:
        model: its name.
        load_seconds: until it can encode, the libraries that it needs included.
        texts_per_second: documents of such texts.
        cpu_ms: processor time of one such document, of all cores together, in milliseconds: it says little of how long one
            waits, and can be compared on a machine that others use meanwhile.
        query_ms: median of one query of about 20 words, in milliseconds.
        memory_megabytes: the process's peak, in MB.
        texts: how many were encoded.
        mean_tokens: of these texts, as the model counts them, and at most as many as it reads; 0 if it does not count.
    """

    model: str
    load_seconds: float
    texts_per_second: float
    cpu_ms: float
    query_ms: float
    memory_megabytes: float
    texts: int
    mean_tokens: float

    def as_dict(self) -> dict[str, Any]:
        """All of it for JSON."""
        return asdict(self)


def measure_cost(name: str, load: Callable[[], Encoder], texts: Sequence[str]) -> Cost:
    """Load a model and encode texts, in this process, which should do nothing else.

    Args:
        name: the model's name.
        load: loads it.
        texts: documents; queries are made of their first words.
    """
    started = time.perf_counter()
    encoder = load()
    encoder.encode_documents([*texts[:2]])
    loaded = time.perf_counter() - started
    started, began = time.perf_counter(), time.process_time()
    encoder.encode_documents(texts)
    seconds, busy = time.perf_counter() - started, time.process_time() - began
    times = []
    for text in (texts[place % len(texts)] for place in range(_QUERIES)):
        query = " ".join(text.split()[:_QUERY_WORDS]) or "text"
        started = time.perf_counter()
        encoder.encode_queries([query])
        times.append((time.perf_counter() - started) * 1000)
    counts = encoder.count_tokens(texts) if isinstance(encoder, CountsTokens) else [0]
    return Cost(
        model=name,
        load_seconds=loaded,
        texts_per_second=len(texts) / max(seconds, 1e-9),
        cpu_ms=busy * 1000 / len(texts),
        query_ms=statistics.median(times),
        memory_megabytes=_peak_megabytes(),
        texts=len(texts),
        mean_tokens=statistics.fmean(min(count, encoder.token_limit) for count in counts),
    )


def machine() -> dict[str, Any]:
    """Where and when something was measured: processor, cores, date."""
    return {"processor": _processor(), "cores": _cores(), "date": date.today().isoformat()}


def _peak_megabytes() -> float:
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _cores() -> int:
    import os

    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
