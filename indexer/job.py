"""The frame of any job: who may work, how far it is, what stays when it ends early, and what it tells at the end.

A job that makes or removes versions has the lock, and works with a store whose every write Redis compares with the lock's
fence: that, not what is shown of progress, keeps two jobs apart. A job ends in one of three ways:

- done: its summary is told;
- interrupted (a signal, Redis away, the lock lost): what was done stays, for the next run to go on from;
- failed: what it said to undo is undone, latest first.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field

from profilesearch.errors import BuildRunning, RedisUnavailable
from profilesearch.store import BuildLock, Store

from .report import Report, Stage

INTERRUPTIONS = (RedisUnavailable, BuildRunning, KeyboardInterrupt, SystemExit)
"""What ends a job without anything being wrong with its work."""

Undo = Callable[[BaseException], None]


@dataclass(frozen=True)
class Job:
    """A job at work.

    Attributes:
        store: what it works with; while it has the lock, whatever it writes passes the fence.
        report: who is told.
        lock: None for a job that others may run beside.
    """

    store: Store
    report: Report
    lock: BuildLock | None = None
    _undos: list[Undo] = field(default_factory=list, repr=False)

    @contextmanager
    def stage(self, name: str, total: int | None = None) -> Iterator[Stage]:
        """Run a stage: timed, shown, and told to whoever waits for the lock.

        Args:
            name: of the stage.
            total: how many items it has, if that is known.

        Raises:
            BuildRunning: the lock was lost, and somebody else has it; looked at whenever the stage advances.
        """
        self._tell_lock(name, 0, total or 0)
        with self.report.stage(name, total) as shown:

            def advance(count: int) -> None:
                shown.advance(count)
                self._tell_lock(name, shown.done, total or 0)

            yield Stage(advance)

    def _tell_lock(self, name: str, done: int, total: int) -> None:
        if self.lock is not None:
            self.lock.progress(name, done, total)

    def if_it_fails(self, undo: Undo) -> None:
        """Undo something if the job fails from here on; an interruption undoes nothing."""
        self._undos.append(undo)

    def fail(self, error: BaseException) -> None:
        """Undo what there is to undo, latest first."""
        while self._undos:
            self._undos.pop()(error)


@contextmanager
def running(name: str, store: Store, report: Report, lock: BuildLock | None = None, resumes: str = "") -> Iterator[Job]:
    """Run a job: the block does the work.

    Args:
        name: what others are told that is being done.
        store: where it works.
        report: who is told.
        lock: of the job that makes or removes versions, which one at a time has.
        resumes: the key of the words that say, after an interruption, how it is gone on with.

    Raises:
        BuildRunning: somebody else has the lock.
    """
    with lock if lock is not None else nullcontext():
        job = Job(store if lock is None else store.locked(lock), report, lock)
        if lock is not None:
            lock.progress(name)
        try:
            try:
                yield job
            except INTERRUPTIONS:
                raise
            except BaseException as error:
                job.fail(error)
                raise
        except INTERRUPTIONS:
            if resumes:
                report.warn(resumes)
            raise
    report.summary()
