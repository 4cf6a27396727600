"""What the job tells while it runs: progress bars on a terminal, one line a stage elsewhere."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:,.0f}/s", style="progress.data.speed")


class Stage:
    """One stage of the job."""

    def __init__(self, bar: Progress | None, task: int | None) -> None:
        self._bar, self._task = bar, task
        self.done = 0

    def advance(self, count: int) -> None:
        """Tell that so many further items are done."""
        self.done += count
        if self._bar is not None and self._task is not None:
            self._bar.advance(self._task, count)  # type: ignore[arg-type]


class Report:
    """Tells people, on standard error, and keeps how long each stage took."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._console = Console(stderr=True, highlight=False, soft_wrap=True)
        self._quiet = quiet
        self.seconds: dict[str, float] = {}

    def say(self, message: str) -> None:
        """A line for people."""
        if not self._quiet:
            self._console.print(message, markup=False)

    @contextmanager
    def stage(self, name: str, total: int | None = None) -> Iterator[Stage]:
        """Run a stage, timed, with a bar if it has a total and this is a terminal."""
        started = time.perf_counter()
        if total and sys.stderr.isatty() and not self._quiet:
            columns = (
                TextColumn("{task.description:<16}"),
                BarColumn(),
                MofNCompleteColumn(),
                _Rate(),
                TimeRemainingColumn(),
            )
            with Progress(*columns, console=self._console) as bar:
                stage = Stage(bar, bar.add_task(name, total=total))
                yield stage
        else:
            stage = Stage(None, None)
            yield stage
        self.seconds[name] = time.perf_counter() - started
        rate = f", {stage.done / max(1e-9, self.seconds[name]):,.0f}/s" if stage.done else ""
        self.say(f"{name:<16} {self.seconds[name]:7.1f} s{rate}")
