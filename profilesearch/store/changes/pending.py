"""Changes that the version being built lacks: remembered while it is built, applied to it before it goes live."""

from collections.abc import Mapping, Sequence

from ...passages import passage_count
from ...row import PASSAGE_COUNT
from ..batches import in_parts
from ..build_lock import BuildLock
from ..fence import Fence
from ..keys import Keys
from ..server import Server
from ..versions.records import VersionRecord
from ..wire.replies import Words, exact, text
from ..writer import write_words
from .batch import Batch
from .rejected import reject_words

_AT_ONCE = 500
_PENDING_AT_ONCE = 200

_SETTLE = """
for at = 2, #ARGV, 2 do
  local mark = redis.call('ZSCORE', KEYS[2], ARGV[at])
  if mark and tonumber(mark) == tonumber(ARGV[at + 1]) then
    redis.call('ZREM', KEYS[2], ARGV[at])
    redis.call('HDEL', KEYS[3], ARGV[at])
  end
end
"""


class PendingChanges:
    """Changes since a build began. Every method raises ``BuildRunning`` if somebody else has the lock.

    Args:
        server: where they are.
        keys: the collection's.
        fence: what the build's writes must pass.
    """

    def __init__(self, server: Server, keys: Keys, fence: Fence) -> None:
        self._server = server
        self._keys = keys
        self._fence = fence

    def start(self, build: BuildLock) -> dict[str, float]:
        """From now on, remember changes for the build that has this lock.

        Returns:
            What is remembered from a build that did not end, to forget with :meth:`settle` or to apply.
        """
        keys = self._keys
        for key, kind in ((keys.changed, "zset"), (keys.changed_rows, "hash"), (keys.changed_count, "string")):
            if text(self._server.run("TYPE", key)) not in (kind, "none"):
                self._fence.run([("UNLINK", key)])
        self._fence.run([("SET", keys.building, build.token)])
        return self._marks()

    def _marks(self, most: int = 0) -> dict[str, float]:
        reply = self._server.ask([("ZRANGE", self._keys.changed, 0, most - 1, "WITHSCORES")])[0]
        return {text(id_): float(score) for id_, score in zip(reply[::2], reply[1::2], strict=True)}

    def some(self) -> tuple[dict[str, float], dict[str, str | None]]:
        """Some hundred of the changes that the version being built lacks, oldest first.

        Returns:
            Marks for :meth:`settle`, and each id's latest row, or None if it was deleted.
        """
        marks = self._marks(_PENDING_AT_ONCE)
        if not marks:
            return {}, {}
        rows = self._server.run("HMGET", self._keys.changed_rows, *marks)
        return marks, {id_: None if row is None else exact(row) for id_, row in zip(marks, rows, strict=True)}

    def apply(self, record: VersionRecord, batch: Batch) -> None:
        """Apply a batch to a version that is not live yet."""
        commands: list[Words] = []
        before = self._passages(record, [*(upsert.row.id for upsert in batch.upserts), *batch.deletes])
        for upsert in batch.upserts:
            id_ = upsert.row.id
            commands += [("UNLINK", record.key(id_), *before.get(id_, ())), *write_words(record, upsert.profile)]
        commands += [("UNLINK", record.key(id_), *before.get(id_, ())) for id_ in batch.deletes]
        guard = self._fence.guard(record.version)
        # SETRANGE changes nothing, but is refused where memory is full: UNLINK would let all that comes after it through
        full: list[Words] = [("SETRANGE", guard.fence, 0, "")] if batch.upserts else []
        for part in in_parts(commands, _AT_ONCE, _size):
            self._server.change_profiles([*full, *part], guard)
        for rejection in reject_words(self._keys, batch.rejected):
            self._fence.run([rejection], record.version)

    def _passages(self, record: VersionRecord, ids: Sequence[str]) -> dict[str, list[str]]:
        """The keys of some profiles' passages by id; while a version is built, nobody else changes it."""
        if not record.passages or not ids:
            return {}
        counts = self._server.ask([("HGET", record.key(id_), PASSAGE_COUNT) for id_ in ids])
        numbers = {id_: range(1, passage_count(count) + 1) for id_, count in zip(ids, counts, strict=True)}
        return {id_: [record.passage_key(id_, number) for number in some] for id_, some in numbers.items()}

    def settle(self, marks: Mapping[str, float]) -> None:
        """Forget changes, but for those that changed again meanwhile."""
        settled = list(marks.items())
        for start in range(0, len(settled), _AT_ONCE):
            part = [word for pair in settled[start : start + _AT_ONCE] for word in pair]
            self._fence.call(_SETTLE, [self._keys.changed, self._keys.changed_rows], part)

    def end(self) -> None:
        """No build needs to hear of changes any more."""
        keys = (self._keys.building, self._keys.changed, self._keys.changed_rows)
        self._fence.run([("UNLINK", key) for key in keys])


def _size(command: Words) -> int:
    return sum(len(word) for word in command if isinstance(word, str | bytes))
