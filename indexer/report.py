"""What a job tells while it runs and at its end: text for people, or JSON where asked for."""

import json
import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from rich.console import Console

from .progress import Progress, bar, lines
from .wording import word

SECONDS_BETWEEN_LINES = 5.0
"""Where there is no bar."""


class Stage:
    """One stage of a job.

    Args:
        tell: told each number of further items that are done.
    """

    def __init__(self, tell: Callable[[int], None]) -> None:
        self._tell = tell
        self.done = 0

    def advance(self, count: int) -> None:
        """Tell that so many further items are done."""
        self.done += count
        self._tell(count)


class Report:
    """Tells people or programs on standard error, and keeps how long each stage took.

    Args:
        as_json: a JSON object a line instead of text, and the summary on standard output.
        every: seconds between the lines that tell how far a stage is, where there is no bar.

    Attributes:
        seconds: how long each stage took.
        facts: what the summary says besides.
    """

    def __init__(self, *, as_json: bool = False, every: float = SECONDS_BETWEEN_LINES) -> None:
        self._console = Console(stderr=True, highlight=False, soft_wrap=True)
        self._as_json = as_json
        self._every = every
        self._started = time.perf_counter()
        self.seconds: dict[str, float] = {}
        self.facts: dict[str, Any] = {}

    def say(self, key: str, **values: Any) -> None:
        """A message of ``words.toml``, with what it names; programs are told the values besides."""
        self._tell("info", word(key, **values), values)

    def warn(self, key: str, **values: Any) -> None:
        """A message that somebody should read."""
        self._tell("warning", word(key, **values), values)

    def fail(self, message: str) -> None:
        """The last line of a job that could not do what it was asked."""
        self._tell("error", message, {})

    def _tell(self, level: str, message: str, values: dict[str, Any]) -> None:
        if self._as_json:
            time_ = datetime.now(UTC).isoformat(timespec="milliseconds")
            line = json.dumps({"time": time_, "level": level, "message": message, **values})
            sys.stderr.write(line + "\n")  # at once: lines of several threads do not run into each other
            sys.stderr.flush()
        elif level == "error":
            self._console.print(f"error: {message}", markup=False)
        else:
            self._console.print(message, markup=False, style="yellow" if level == "warning" else None)

    @contextmanager
    def stage(self, name: str, total: int | None = None) -> Iterator[Stage]:
        """Run a stage, timed: with a bar if it has a total and this is a terminal, else with a line every few seconds."""
        started = time.perf_counter()
        if total and sys.stderr.isatty() and not self._as_json:
            shown = bar(self._console, name, total)
        else:
            shown = lines(lambda progress: self._say_progress(name, progress), total or 0, self._every)
        with shown as advance:
            stage = Stage(advance)
            yield stage
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - started
        seconds = self.seconds[name]
        rate = round(stage.done / max(1e-9, seconds))
        message = word("stage.end", stage=name, seconds=seconds) + (word("stage.rate", rate=rate) if rate else "")
        self._tell("info", message, {"stage": name, "seconds": round(seconds, 3), "done": stage.done})

    def _say_progress(self, name: str, progress: Progress) -> None:
        message = word("stage.progress", stage=name, progress=", ".join(progress.parts()))
        self._tell("info", message, {"stage": name, **progress.values()})

    def summary(self) -> None:
        """What was done, how long it took, and how much memory at the most; people are not told of a job without stages."""
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
        total = time.perf_counter() - self._started
        if self._as_json:
            stages = {name: round(seconds, 3) for name, seconds in self.seconds.items()}
            print(json.dumps({**self.facts, "seconds": stages, "total_seconds": round(total, 3), "peak_memory": peak}))
            return
        if not self.seconds:
            return
        facts = [
            word("summary.fact", name=name.replace("_", " "), value=value)
            for name, value in self.facts.items()
            if type(value) is int  # not a bool
        ]
        cost = word("summary.cost", seconds=total, megabytes=round(peak / 1e6))
        self._tell("info", "; ".join(filter(None, (", ".join(facts), cost))), {})
