"""What a job tells while it runs and at its end: bars on a terminal, a line every few seconds elsewhere, JSON where asked for."""

import json
import resource
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

SECONDS_BETWEEN_LINES = 5.0
"""Where there is no bar."""


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:,.0f}/s", style="progress.data.speed")


class Stage:
    """One stage of a job."""

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
        watcher: told the stage, how much of it is done, and how much there is.
    """

    def __init__(self, *, as_json: bool = False, every: float = SECONDS_BETWEEN_LINES) -> None:
        self._console = Console(stderr=True, highlight=False, soft_wrap=True)
        self._as_json = as_json
        self._every = every
        self._started = time.perf_counter()
        self.seconds: dict[str, float] = {}
        self.facts: dict[str, Any] = {}
        self.watcher: Callable[[str, int, int], None] = lambda stage, done, total: None

    def say(self, message: str, **values: Any) -> None:
        """A line: text for people; the values go with it in JSON."""
        if self._as_json:
            self._line("info", message, values)
        else:
            self._console.print(message, markup=False)

    def warn(self, message: str, **values: Any) -> None:
        """A line that somebody should read."""
        if self._as_json:
            self._line("warning", message, values)
        else:
            self._console.print(message, markup=False, style="yellow")

    def fail(self, message: str) -> None:
        """The last line of a job that could not do what it was asked."""
        if self._as_json:
            self._line("error", message, {})
        else:
            self._console.print(f"error: {message}", markup=False)

    def _line(self, level: str, message: str, values: dict[str, Any]) -> None:
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        line = json.dumps({"time": now, "level": level, "message": message, **values})
        sys.stderr.write(line + "\n")  # at once: lines of several threads do not run into each other
        sys.stderr.flush()

    @contextmanager
    def stage(self, name: str, total: int | None = None) -> Iterator[Stage]:
        """Run a stage, timed: with a bar if it has a total and this is a terminal, else with a line every few seconds."""
        self.watcher(name, 0, total or 0)
        started = time.perf_counter()
        if total and sys.stderr.isatty() and not self._as_json:
            columns = (
                TextColumn("{task.description:<16}"),
                BarColumn(),
                MofNCompleteColumn(),
                _Rate(),
                TimeRemainingColumn(),
            )
            with Progress(*columns, console=self._console, transient=True) as bar:
                task = bar.add_task(name, total=total)
                stage = Stage(lambda count: bar.advance(task, count))
                yield from self._watched(name, stage, total)
        else:
            stage = Stage(lambda count: None)
            with self._lines(name, stage, total or 0):
                yield from self._watched(name, stage, total or 0)
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - started
        rate = f", {stage.done / max(1e-9, self.seconds[name]):,.0f}/s" if stage.done else ""
        self.say(
            f"{name:<16} {self.seconds[name]:7.1f} s{rate}",
            stage=name, seconds=round(self.seconds[name], 3), done=stage.done,
        )  # fmt: skip

    @contextmanager
    def _lines(self, name: str, stage: Stage, total: int) -> Iterator[None]:
        """Tell every few seconds how far a stage is, whether or not it advances."""
        ended = threading.Event()
        started = time.perf_counter()

        def tell() -> None:
            while not ended.wait(self._every):
                self._progress(name, stage.done, total, time.perf_counter() - started)

        thread = threading.Thread(target=tell, name="progress", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def _progress(self, name: str, done: int, total: int, seconds: float) -> None:
        rate = done / seconds
        parts = [f"{seconds:,.0f} s"]
        values: dict[str, Any] = {"stage": name, "seconds": round(seconds, 3), "done": done}
        if done:
            parts = [f"{done:,} of {total:,} ({done / total:.0%})" if total else f"{done:,}", *parts, f"{rate:,.0f}/s"]
            values["rate"] = round(rate, 1)
        if done and total:
            values |= {"total": total, "seconds_left": round((total - done) / rate)}
            parts.append(f"about {_duration((total - done) / rate)} left")
        self.say(f"{name:<16} {', '.join(parts)}", **values)

    def _watched(self, name: str, stage: Stage, total: int) -> Iterator[Stage]:
        tell = stage._tell

        def both(count: int) -> None:
            tell(count)
            self.watcher(name, stage.done, total)

        stage._tell = both
        yield stage

    def summary(self) -> None:
        """What was done, how long it took, and how much memory at the most."""
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
        total = time.perf_counter() - self._started
        if self._as_json:
            stages = {name: round(seconds, 3) for name, seconds in self.seconds.items()}
            print(json.dumps({**self.facts, "seconds": stages, "total_seconds": round(total, 3), "peak_memory": peak}))
            return
        told = [f"{name.replace('_', ' ')} {value:,}" for name, value in self.facts.items() if isinstance(value, int)]
        self.say(f"{', '.join(told)}; {total:.1f} s in all, {peak / 1e6:,.0f} MB of memory at the most")


def _duration(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
