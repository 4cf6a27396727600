"""Apply changes from the Redis stream ``profiles:changes`` to the live version of every model as they come.

An entry has ``op`` (``upsert`` or ``delete``), ``id``, and for an upsert ``profile``, the row as JSON with the columns that
the live version was built from. It is acknowledged in the transaction that applies it: it is applied at least once, and
an older entry never undoes a newer one; of several entries of one id that are applied at once, the last counts. What
cannot be applied goes to ``profiles:rejected`` with its reason.
"""

import os
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from profilesearch.errors import (
    DamagedVersion,
    EncoderError,
    IndexNotReady,
    NoLiveVersion,
    RedisUnavailable,
    StoreError,
    UnknownModel,
)
from profilesearch.store import Batch, Rejection, Store
from profilesearch.store.batches import in_parts

from .encoders import Encoders
from .entries import Asked, Entry, size
from .report import Report
from .targets import Prepared, Targets, apply, prepare_all
from .upserts import Target

_WAIT_SECONDS = 0.5
_TIDY_SECONDS = 10.0
_LONGEST_PAUSE = 5.0
_STREAM_IS_GONE = ("NOGROUP", "UNBLOCKED")


@dataclass(frozen=True)
class WatchOptions:
    """What the command line says of watching."""

    group: str = "indexer"
    consumer: str = ""
    batch: int = 100
    claim_after: float = 30.0


class Watcher:
    """Applies the stream until it is told to stop.

    Args:
        options: names, sizes and times.
        store: where stream and profiles are.
        encoders: those of the live versions' models.
        report: who is told.
    """

    def __init__(self, options: WatchOptions, store: Store, encoders: Encoders, report: Report) -> None:
        self._options = options
        self._consumer = options.consumer or f"{socket.gethostname()}-{os.getpid()}"
        self._store = store
        self._targets = Targets(store, encoders)
        self._report = report
        self._dirty = False
        self._waiting_for = ""
        self._tidied = self._claimed = 0.0
        self.stop = threading.Event()
        self.applied = 0
        self.rejected = 0

    def run(self) -> None:
        """Apply changes until :attr:`stop` is set; a batch that was begun is finished.

        Raises:
            ModelMismatch: the live version was built with another model.
            StoreError: Redis refuses; while it is merely away, this waits.
        """
        pause = 0.1
        begun = False
        while not self.stop.is_set():
            try:
                if not begun:
                    self._store.changes.stream.join(self._options.group)
                    self._store.changes.stream.forget_removed(self._options.group, self._consumer, self._options.batch)
                    self._handle_all(self._store.changes.stream.own_pending)
                    self._report.say("watch.began", consumer=self._consumer, group=self._options.group)
                    begun = True
                self._step()
                pause = 0.1
            except RedisUnavailable as error:
                self._report.warn("watch.unavailable", reason=str(error))
                self.stop.wait(pause)
                pause = min(_LONGEST_PAUSE, pause * 2)
                begun = False
            except StoreError as error:
                if not any(word in str(error) for word in _STREAM_IS_GONE):
                    raise
                begun = False
        if self._dirty:
            try:
                self._tidy()
            except RedisUnavailable as error:
                self._report.warn("watch.counts_stay", reason=str(error))
        self._report.facts |= {"applied": self.applied, "rejected": self.rejected}

    def _step(self) -> None:
        now = time.monotonic()
        if now - self._claimed >= self._options.claim_after / 2:
            self._claimed = now
            taken = self._store.changes.stream.take_over(
                self._options.group, self._consumer, self._options.batch, self._options.claim_after
            )
            if taken:
                self._report.warn("watch.taking_over", taken=len(taken))
                self._handle(taken)
        if entries := self._store.changes.stream.take(
            self._options.group, self._consumer, self._options.batch, _WAIT_SECONDS
        ):
            self._handle(entries)
        if self._dirty and time.monotonic() - self._tidied > _TIDY_SECONDS:
            self._tidy()

    def _handle_all(self, source: Callable[[str, str, int], list[Entry]]) -> None:
        while not self.stop.is_set():
            if not (entries := source(self._options.group, self._consumer, self._options.batch)):
                return
            self._handle(entries)

    def _tidy(self) -> None:
        tidy = self._store.changes.stream.tidy()
        try:
            for record in self._store.versions.all_live():
                self._store.refresh_counts(record)
        except (NoLiveVersion, DamagedVersion, UnknownModel, IndexNotReady):
            return
        self._dirty, self._tidied = not tidy, time.monotonic()

    def _handle(self, entries: list[Entry]) -> None:
        """Apply entries, some MB of them in one transaction, on whatever versions are live then; none after the stop.

        Redis does nothing else during a transaction, and both sides hold all of it in memory.
        """
        for part in in_parts(entries, self._options.batch, size):
            while (batch := self._applied(part)) is None:
                if self.stop.is_set():
                    return
            self._count(part, batch)

    def _count(self, entries: list[Entry], batch: Batch) -> None:
        """Take note of what was applied, and tell."""
        self._dirty = True
        self.applied += len(entries) - len(batch.rejected)
        self.rejected += len(batch.rejected)
        for rejection in batch.rejected:
            self._report.warn("watch.rejected", entry=rejection.entry, reason=rejection.reason)
        self._report.say(
            "watch.applied", upserts=len(batch.upserts), deletes=len(batch.deletes), rejected=len(batch.rejected)
        )

    def _applied(self, entries: list[Entry]) -> Batch | None:
        """The batch as it was applied; None if nothing could be live, or another version went live meanwhile."""
        try:
            targets = self._targets.live()
            prepared, batch = self._batch(entries, targets)
        except (NoLiveVersion, DamagedVersion, UnknownModel) as error:
            self._wait("watch.waiting", error)
            return None
        except EncoderError as error:
            self._wait("watch.model_away", error)
            return None
        self._waiting_for = ""
        return batch if apply(self._store, prepared, batch) else None

    def _wait(self, key: str, error: Exception) -> None:
        """Pause before what nothing can be applied to is looked at again; why is told once."""
        if str(error) != self._waiting_for:
            self._report.warn(key, reason=str(error))
        self._waiting_for = str(error)
        self.stop.wait(1.0)

    def _batch(self, entries: list[Entry], targets: list[Target]) -> tuple[Prepared, Batch]:
        """What is left of entries once those that cannot be applied to every version are put aside."""
        rejected: list[Rejection] = []
        remaining = entries
        while True:
            asked = Asked.of(remaining, targets)
            prepared = prepare_all(asked.rows, targets)
            reasons = asked.reasons | {asked.latest[id_]: reason for id_, reason in prepared.refused.items()}
            rejected += [Rejection(entry, fields, reasons[entry]) for entry, fields in remaining if entry in reasons]
            if not prepared.refused:
                done, group = [entry for entry, _ in entries], self._options.group
                upserts = prepared.upserts[0][1]
                return prepared, Batch(upserts, list(asked.deletes), asked.latest, done, rejected, group)
            remaining = [(entry, fields) for entry, fields in remaining if entry not in reasons]
