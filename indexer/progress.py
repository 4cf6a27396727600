"""How far a stage is: a bar on a terminal, a line every few seconds elsewhere."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from rich import progress
from rich.console import Console
from rich.text import Text

from .wording import word


@dataclass(frozen=True)
class Progress:
    """How far a stage is: items done, of how many (0 if that is not known), in how many seconds."""

    done: int
    total: int
    seconds: float

    @property
    def rate(self) -> float:
        """Items a second."""
        return self.done / self.seconds

    @property
    def seconds_left(self) -> float:
        """At that rate."""
        return (self.total - self.done) / self.rate

    def parts(self) -> Iterator[str]:
        """What people are told of it."""
        if self.done and self.total:
            yield word("stage.done_of", done=self.done, total=self.total, share=self.done / self.total)
        elif self.done:
            yield word("stage.done", done=self.done)
        yield word("stage.seconds", seconds=round(self.seconds))
        if self.done and (rate := round(self.rate)):
            yield word("stage.per_second", rate=rate)
        if self.done and self.total:
            yield word("stage.left", duration=duration(self.seconds_left))

    def values(self) -> dict[str, Any]:
        """What programs are told of it."""
        values: dict[str, Any] = {"seconds": round(self.seconds, 3), "done": self.done}
        if self.done:
            values["rate"] = round(self.rate, 1)
        if self.done and self.total:
            values |= {"total": self.total, "seconds_left": round(self.seconds_left)}
        return values


Advance = Callable[[int], None]


class _Rate(progress.ProgressColumn):
    def render(self, task: progress.Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else word("stage.per_second", rate=round(speed)), style="progress.data.speed")


@contextmanager
def bar(console: Console, name: str, total: int) -> Iterator[Advance]:
    """A bar with rate and time left; gives what moves it on."""
    columns = (
        progress.TextColumn("{task.description:<16}"),
        progress.BarColumn(),
        progress.MofNCompleteColumn(),
        _Rate(),
        progress.TimeRemainingColumn(),
    )
    with progress.Progress(*columns, console=console, transient=True) as shown:
        task = shown.add_task(name, total=total)
        yield lambda count: shown.advance(task, count)


@contextmanager
def lines(tell: Callable[[Progress], None], total: int, every: float) -> Iterator[Advance]:
    """A line every so many seconds, whether or not the stage advances; gives what counts it on."""
    ended = threading.Event()
    started = time.perf_counter()
    done = 0

    def advance(count: int) -> None:
        nonlocal done
        done += count

    def watch() -> None:
        while not ended.wait(every):
            tell(Progress(done, total, time.perf_counter() - started))

    thread = threading.Thread(target=watch, name="progress", daemon=True)
    thread.start()
    try:
        yield advance
    finally:
        ended.set()
        thread.join()


def duration(seconds: float) -> str:
    """Hours and minutes, minutes and seconds, or seconds."""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
