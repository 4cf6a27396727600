"""Changes between builds, applied to the live version and remembered for the one that is being built.

A batch is one transaction that holds only while the live version is the one it was made for. While a build runs, the ids
that changed are kept in a sorted set with the latest row of each; the build applies them to its version before it goes
live, and going live fails if one more has come in between. So neither side can miss the other.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import redis

from ..profile import Row
from ..vectors import Vectors
from .connection import Client, as_bytes, exact, text, translated
from .versions import LIVE, RECORD, VersionRecord

STREAM = "profiles:changes"
REJECTED = "profiles:rejected"
BUILDING = "profiles:building"
CHANGED = "profiles:changed"
_ROWS = "profiles:changed:rows"
_COUNT = "profiles:changed:count"
APPLIED = "profiles:applied"
_MOST_REJECTED = 100_000


@dataclass(frozen=True)
class Upsert:
    """A profile to write: checked, with its cluster and its ``(dim,)`` vector, and as it came."""

    row: Row
    cluster: int
    vector: Vectors
    source: str


@dataclass(frozen=True)
class Rejection:
    """An entry of the stream that cannot be applied, and why."""

    entry: str
    fields: Mapping[str, str]
    reason: str


@dataclass(frozen=True)
class Batch:
    """Changes that are applied at once.

    Attributes:
        upserts: profiles to write.
        deletes: ids to remove.
        entries: for each id, the entry of the stream that it comes from.
        done: entries that need no more work once this is applied, rejected ones included.
        rejected: entries that cannot be applied.
        group: the consumer group that the entries belong to.
    """

    upserts: Sequence[Upsert] = ()
    deletes: Sequence[str] = ()
    entries: Mapping[str, str] = field(default_factory=dict)
    done: Sequence[str] = ()
    rejected: Sequence[Rejection] = ()
    group: str = ""


class Changes:
    """Applies changes, and hands them to builds."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def apply(self, record: VersionRecord, batch: Batch) -> bool:
        """Apply a batch to the live version, all or nothing.

        Returns:
            False if ``record`` is not live any more, or another consumer was at work: make the batch anew.
        """
        with translated():
            pipeline = self._client.pipeline(transaction=True)
            try:
                pipeline.watch(LIVE, BUILDING, *([APPLIED] if batch.entries else []))
                if text(pipeline.get(LIVE) or b"") != record.version:
                    return False
                building = bool(pipeline.get(BUILDING))
                known = {text(k): text(v) for k, v in pipeline.hgetall(APPLIED).items()} if batch.entries else {}
                sequence = pipeline.incr(_COUNT) if building else 0
                pipeline.multi()
                upserts = [u for u in batch.upserts if not _is_older(batch.entries.get(u.row.id), known.get(u.row.id))]
                deletes = [id_ for id_ in batch.deletes if not _is_older(batch.entries.get(id_), known.get(id_))]
                _write(pipeline, record, upserts, deletes)
                if changed := [*(u.row.id for u in upserts), *deletes]:
                    pipeline.hincrby(f"{RECORD}:{record.version}", "changed", len(changed))
                    if building:
                        pipeline.zadd(CHANGED, dict.fromkeys(changed, sequence))
                    if building and upserts:
                        pipeline.hset(_ROWS, mapping={u.row.id: u.source for u in upserts})
                    if building and deletes:
                        pipeline.hdel(_ROWS, *deletes)
                if batch.entries and changed:
                    pipeline.hset(APPLIED, mapping={id_: batch.entries[id_] for id_ in changed})
                _reject(pipeline, batch.rejected)
                if batch.done:
                    pipeline.xack(STREAM, batch.group, *batch.done)
                pipeline.execute()
            except redis.exceptions.WatchError:
                return False
            finally:
                pipeline.reset()
        return True

    # ------------------------------------------------------------ for a build
    def start_build(self, token: str) -> dict[str, float]:
        """From now on, changes are remembered for this build.

        Returns:
            What is remembered from a build that did not end, to forget with :meth:`settle` or to apply.
        """
        with translated():
            self._client.set(BUILDING, token)
        return self._pending()

    def _pending(self) -> dict[str, float]:
        with translated():
            return {text(id_): score for id_, score in self._client.zrange(CHANGED, 0, -1, withscores=True)}

    def pending(self) -> tuple[dict[str, float], dict[str, str | None]]:
        """Changes that the version being built lacks: marks for :meth:`settle`, and each id's latest row or None."""
        marks = self._pending()
        if not marks:
            return {}, {}
        with translated():
            rows = self._client.hmget(_ROWS, list(marks))
        return marks, {id_: None if row is None else exact(row) for id_, row in zip(marks, rows, strict=True)}

    def apply_to_built(self, record: VersionRecord, batch: Batch) -> None:
        """Apply a batch to a version that is not live yet."""
        with translated():
            pipeline = self._client.pipeline(transaction=True)
            _write(pipeline, record, batch.upserts, batch.deletes)
            _reject(pipeline, batch.rejected)
            pipeline.execute()

    def settle(self, marks: Mapping[str, float]) -> None:
        """Forget changes, but for those that changed again meanwhile."""
        while True:
            with translated():
                pipeline = self._client.pipeline(transaction=True)
                try:
                    pipeline.watch(CHANGED)
                    now = {text(id_): score for id_, score in pipeline.zrange(CHANGED, 0, -1, withscores=True)}
                    same = [id_ for id_, mark in marks.items() if now.get(id_) == mark]
                    pipeline.multi()
                    if same:
                        pipeline.zrem(CHANGED, *same)
                        pipeline.hdel(_ROWS, *same)
                    pipeline.execute()
                    return
                except redis.exceptions.WatchError:
                    continue
                finally:
                    pipeline.reset()

    def end_build(self) -> None:
        """No build needs to hear of changes any more."""
        with translated():
            self._client.unlink(BUILDING, CHANGED, _ROWS)

    # ------------------------------------------------------------ the stream
    def join(self, group: str) -> None:
        """Make the consumer group, at the stream's beginning, if there is none."""
        with translated():
            try:
                self._client.xgroup_create(STREAM, group, id="0", mkstream=True)
            except redis.exceptions.ResponseError as error:
                if "BUSYGROUP" not in str(error):
                    raise

    def take(self, group: str, consumer: str, most: int, wait_seconds: float) -> list[tuple[str, dict[str, str]]]:
        """New entries for this consumer, waiting for the first of them."""
        with translated():
            reply = self._client.xreadgroup(group, consumer, {STREAM: ">"}, most, max(1, round(wait_seconds * 1000)))
        return [_entry(id_, fields) for _, entries in reply or [] for id_, fields in entries]

    def take_over(self, group: str, consumer: str, most: int, idle_seconds: float) -> list[tuple[str, dict[str, str]]]:
        """Entries that were handed to a consumer so long ago and are not done, this consumer's own included."""
        with translated():
            reply = self._client.xautoclaim(STREAM, group, consumer, round(idle_seconds * 1000), "0-0", most)
        return [_entry(id_, fields) for id_, fields in reply[1] if fields is not None]

    def own_pending(self, group: str, consumer: str, most: int) -> list[tuple[str, dict[str, str]]]:
        """Entries that this consumer's name was handed before and that are not done."""
        with translated():
            reply = self._client.xreadgroup(group, consumer, {STREAM: "0"}, most)
        return [_entry(id_, fields) for _, entries in reply or [] for id_, fields in entries if fields]

    def tidy(self) -> None:
        """Once nothing is pending, forget which entry each id had last, and trim what every group has done."""
        with translated():
            pipeline = self._client.pipeline(transaction=True)
            try:
                pipeline.watch(APPLIED, STREAM)
                groups = pipeline.xinfo_groups(STREAM)
                if not groups or any(int(each["pending"]) for each in groups):  # none: somebody removed the stream
                    return
                done = min((text(each["last-delivered-id"]) for each in groups), key=_order)
                pipeline.multi()
                pipeline.unlink(APPLIED)
                pipeline.xtrim(STREAM, minid=done, approximate=False)
                pipeline.execute()
            except redis.exceptions.WatchError:
                return
            except redis.exceptions.ResponseError as error:
                if "no such key" not in str(error):
                    raise
            finally:
                pipeline.reset()


def _write(pipeline: Client, record: VersionRecord, upserts: Iterable[Upsert], deletes: Iterable[str]) -> None:
    for upsert in upserts:
        key = record.key(upsert.row.id)
        pipeline.delete(key)
        pipeline.hset(key, mapping=upsert.row.to_hash(upsert.cluster, upsert.vector))
    for id_ in deletes:
        pipeline.unlink(record.key(id_))


def _reject(pipeline: Client, rejected: Iterable[Rejection]) -> None:
    for rejection in rejected:
        fields = {"entry": rejection.entry, "reason": rejection.reason, **_prefixed(rejection.fields)}
        raw = {as_bytes(name): as_bytes(value) for name, value in fields.items()}
        pipeline.xadd(REJECTED, raw, maxlen=_MOST_REJECTED, approximate=True)


def _entry(id_: bytes, fields: Mapping[bytes, bytes]) -> tuple[str, dict[str, str]]:
    return text(id_), {exact(name): exact(value) for name, value in (fields or {}).items()}


def _prefixed(fields: Mapping[str, str]) -> dict[str, str]:
    return {name if name in ("op", "id", "profile") else f"field:{name}": value for name, value in fields.items()}


def _is_older(entry: str | None, applied: str | None) -> bool:
    return entry is not None and applied is not None and _order(entry) < _order(applied)


def _order(entry: str) -> tuple[int, ...]:
    return tuple(int(part) for part in entry.split("-"))
