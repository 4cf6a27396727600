"""Labels in Redis: of a collection, not of a version; for each owner, text and profile the one that was given last.

A text that many labels share is kept once, under a digest, with the number of labels that need it.
"""

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from ..errors import InvalidRequest
from ..kept.everything import MOST_LABELS
from ..labels import Label, LabelOrigin
from ..search.request import LONGEST_FILTER_VALUE, LONGEST_QUERY
from .batches import in_parts
from .keys import Keys
from .server import Server
from .wire.replies import text

LONGEST_TEXT = 20_000
"""Characters of a text that was judged."""

HIGHEST_GRADE = 3

_DIGEST_BYTES = 15
_AT_ONCE = 500

_ADD = """
local room, added = tonumber(ARGV[1]) - redis.call('HLEN', KEYS[1]), 0
for at = 2, #ARGV, 4 do
  local field = ARGV[at] .. ARGV[at + 1]
  local present = redis.call('HGET', KEYS[1], field)
  if present ~= ARGV[at + 2] then
    if not present then
      if added >= room then return -1 end
      added = added + 1
    end
  end
end
local changed = 0
for at = 2, #ARGV, 4 do
  local field = ARGV[at] .. ARGV[at + 1]
  if redis.call('HGET', KEYS[1], field) ~= ARGV[at + 2] then
    changed = changed + 1
    if redis.call('HSET', KEYS[1], field, ARGV[at + 2]) == 1 then
      redis.call('HINCRBY', KEYS[2], '#' .. ARGV[at], 1)
      redis.call('HSET', KEYS[2], ARGV[at], ARGV[at + 3])
    end
  end
end
return changed
"""

_REMOVE = """
local removed = 0
for at = 1, #ARGV, 2 do
  if redis.call('HDEL', KEYS[1], ARGV[at] .. ARGV[at + 1]) == 1 then
    removed = removed + 1
    if redis.call('HINCRBY', KEYS[2], '#' .. ARGV[at], -1) <= 0 then
      redis.call('HDEL', KEYS[2], ARGV[at], '#' .. ARGV[at])
    end
  end
end
return removed
"""


class Labels:
    """Everybody's labels.

    Args:
        server: where they are.
        keys: the collection's.
        most: labels that an owner may have.
    """

    def __init__(self, server: Server, keys: Keys, most: int = MOST_LABELS) -> None:
        self._server = server
        self._keys = keys
        self._most = most

    def add(self, owner: str, labels: Iterable[Label]) -> int:
        """Keep labels; one of the same text and profile is replaced. Five hundred at a time are kept, all or none.

        Args:
            owner: whose they are; it is the labeller of all of them.
            labels: without a time, they are of this moment.

        Returns:
            How many are new or other than before.

        Raises:
            InvalidRequest: one is longer than labels may be, or the owner has too many.
        """
        moment, changed = datetime.now(UTC), 0
        for batch in in_parts(labels, _AT_ONCE, lambda label: len(label.query) + len(label.text)):
            latest = {written[:2]: written for written in self._timed(owner, batch, moment)}  # the last word counts
            words = [word for written in latest.values() for word in written]
            said = int(self._server.script(_ADD, self._hashes(owner), [self._most, *words]))
            if said < 0:
                raise InvalidRequest("labels", f"labels: at most {self._most:,} can be kept: remove some", code="full")
            changed += said
        return changed

    def _timed(self, owner: str, batch: Sequence[Label], moment: datetime) -> list[tuple[str, str, str, str]]:
        """Labels as they are written; one without a time that says what was said before is of the time of then."""
        written = [_written(label, moment) for label in batch]
        present = self._server.run(
            "HMGET", self._keys.labels(owner), *(query + judged for query, judged, *_ in written)
        )
        for number, (label, before) in enumerate(zip(batch, present, strict=True)):
            if label.labelled_at is None and before:
                then = datetime.fromisoformat(json.loads(before)["at"])
                if (again := _written(label, then))[2].encode() == before:
                    written[number] = again
        return written

    def remove(self, owner: str, query: str, ids: Sequence[str]) -> int:
        """Take back what was said of profiles for a text; how many labels that were."""
        if not ids:
            return 0
        digest = _digest(query)
        return self._remove(owner, ((digest, _profile(id_)) for id_ in ids))

    def _remove(self, owner: str, fields: Iterable[tuple[str | bytes, str | bytes]]) -> int:
        """Remove labels by digests and what was judged, some hundred at a time."""
        removed = 0
        for batch in in_parts(fields, _AT_ONCE, lambda field: len(field[1])):
            removed += int(
                self._server.script(_REMOVE, self._hashes(owner), [word for field in batch for word in field])
            )
        return removed

    def grades(self, owner: str, query: str, ids: Sequence[str]) -> dict[str, int]:
        """What was said of some profiles for a text, by id; nothing of those that nobody has judged."""
        if not ids or not query.strip():
            return {}
        fields = [_digest(query) + _profile(id_) for id_ in ids]
        replies = self._server.run("HMGET", self._keys.labels(owner), *fields)
        return {id_: json.loads(data)["grade"] for id_, data in zip(ids, replies, strict=True) if data}

    def each(self, owner: str, query: str = "") -> Iterator[Label]:
        """All labels of an owner, or those of one text; in no order."""
        wanted = _digest(query).encode() if query else b""
        fields = (field for field in self._server.scan_fields(self._keys.labels(owner)) if field.startswith(wanted))
        for batch in in_parts(fields, _AT_ONCE, len):
            batch = list(dict.fromkeys(batch))
            digests = [text(field).partition(":")[0] for field in batch]
            values, texts = self._server.ask(
                [("HMGET", self._keys.labels(owner), *batch), ("HMGET", self._keys.labelled(owner), *digests)]
            )
            for value, asked in zip(values, texts, strict=True):
                if value and asked:  # else it was taken back meanwhile
                    yield _label(owner, text(asked), json.loads(value))

    def forget(self, owner: str, id_: str) -> int:
        """Remove every label of one profile, and count them."""
        ends = _profile(id_).encode()
        fields = [field for field in self._server.scan_fields(self._keys.labels(owner)) if field.endswith(ends)]
        digests = [field[: -len(ends)] for field in fields]
        return self._remove(owner, ((digest, ends) for digest in digests if b":" not in digest))

    def _hashes(self, owner: str) -> list[str]:
        return [self._keys.labels(owner), self._keys.labelled(owner)]


def _written(label: Label, moment: datetime) -> tuple[str, str, str, str]:
    """A label as digest of its text, what was judged, what was said of it, and the text."""
    for field, value, most in (
        ("query", label.query, LONGEST_QUERY),
        ("id", label.profile_id, LONGEST_FILTER_VALUE),
        ("text", label.text, LONGEST_TEXT),
    ):
        if len(value) > most:
            raise InvalidRequest(field, f"{field}: expected at most {most:,} characters, got {len(value):,}")
    if label.grade > HIGHEST_GRADE:
        raise InvalidRequest("grade", f"grade: expected 0 (does not fit) to {HIGHEST_GRADE}, got {label.grade}")
    at = label.labelled_at or moment
    about = {
        "grade": label.grade,
        "at": (at if at.tzinfo else at.replace(tzinfo=UTC)).isoformat(),
        "version": label.version,
        "origin": str(label.origin),
        "id": label.profile_id,
        "text": label.text,
    }
    judged = _profile(label.profile_id) if label.profile_id else f":text:{_digest(label.text)}"
    return _digest(label.query), judged, json.dumps(about), label.query


def _label(owner: str, query: str, about: dict[str, str]) -> Label:
    return Label(
        query,
        int(about["grade"]),
        about["id"],
        about["text"],
        labeller=owner,
        labelled_at=datetime.fromisoformat(about["at"]),
        version=about["version"],
        origin=LabelOrigin(about["origin"]),
    )


def _profile(id_: str) -> str:
    return f":id:{id_}"


def _digest(query: str) -> str:
    """20 letters, digits, hyphens and underscores, the first 120 bits of SHA-256."""
    return urlsafe_b64encode(hashlib.sha256(query.strip().encode()).digest()[:_DIGEST_BYTES]).decode()
