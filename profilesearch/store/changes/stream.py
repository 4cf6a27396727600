"""The stream of changes, read by consumer groups (https://redis.io/docs/latest/develop/data-types/streams/)."""

from ..batches import batches
from ..keys import Keys
from ..server import Server
from ..wire.refusals import Refused
from ..wire.replies import exact, text
from .order import ORDER, order

Entry = tuple[str, dict[str, str]]
"""An entry's id and its fields; bytes that are no UTF-8 are surrogates (``surrogateescape``)."""

_FORGET = (
    ORDER
    + """
for at = 2, #ARGV do
  if not older(ARGV[1], redis.call('HGET', KEYS[1], ARGV[at])) then redis.call('HDEL', KEYS[1], ARGV[at]) end
end
"""
)


class ChangeStream:
    """The changes that were sent.

    Args:
        server: where they are.
        keys: the collection's.
    """

    def __init__(self, server: Server, keys: Keys) -> None:
        self._server = server
        self._keys = keys
        self._key = keys.stream

    def join(self, group: str) -> None:
        """Make the consumer group, at the stream's beginning, if there is none."""
        try:
            self._server.run("XGROUP CREATE", self._key, group, "0", "MKSTREAM")
        except Refused as error:
            if "BUSYGROUP" not in error.reply:
                raise

    def take(self, group: str, consumer: str, most: int, wait_seconds: float) -> list[Entry]:
        """New entries for this consumer, waiting for the first of them."""
        wait = max(1, round(wait_seconds * 1000))
        return self._read(group, consumer, most, ">", "BLOCK", wait)

    def take_over(self, group: str, consumer: str, most: int, idle_seconds: float) -> list[Entry]:
        """Entries that were handed to a consumer so long ago and are not done, this consumer's own included."""
        idle, cursor = round(idle_seconds * 1000), "0-0"
        while True:
            (reply,) = self._server.ask([("XAUTOCLAIM", self._key, group, consumer, idle, cursor, "COUNT", most)])
            entries = [_entry(*entry) for entry in reply[1] if entry]
            cursor, present = text(reply[0]), [entry for entry in entries if entry[1]]
            if len(present) < len(reply[1]):
                self.forget_removed(group, consumer, most)
            if present or cursor == "0-0":
                return present

    def own_pending(self, group: str, consumer: str, most: int) -> list[Entry]:
        """Entries that this consumer's name was handed before and that are not done; see :meth:`forget_removed`."""
        return [entry for entry in self._read(group, consumer, most, "0") if entry[1]]

    def forget_removed(self, group: str, consumer: str, most: int) -> None:
        """Acknowledge what this consumer was handed and is not in the stream any more: nobody can ever do it."""
        after = "0"
        while entries := self._read(group, consumer, most, after):
            if removed := [id_ for id_, fields in entries if not fields]:
                self._server.run("XACK", self._key, group, *removed)
            after = entries[-1][0]

    def _read(self, group: str, consumer: str, most: int, after: str, *options: str | int) -> list[Entry]:
        words = ("XREADGROUP", "GROUP", group, consumer, "COUNT", most, *options, "STREAMS", self._key, after)
        (reply,) = self._server.ask([words])
        return [_entry(*entry) for _, entries in reply or [] for entry in entries]

    def tidy(self) -> bool:
        """Trim what every group has done, and forget which entry each id had last where no older one can come.

        Returns:
            Whether all is tidy: False while entries are pending.
        """
        try:
            groups = self._server.run("XINFO GROUPS", self._key)
            done = [self._done(text(group["name"]), text(group["last-delivered-id"])) for group in groups]
            if not done:
                return True
            least = min(done, key=order)
            self._server.run("XTRIM", self._key, "MINID", least)
        except Refused as error:
            if "no such key" not in error.reply and "NOGROUP" not in error.reply:
                raise
            return True  # somebody removed the stream
        for ids in batches(self._server.scan_fields(self._keys.applied)):
            self._server.script(_FORGET, [self._keys.applied], [least, *ids])
        return not any(group["pending"] for group in groups)

    def _done(self, group: str, delivered: str) -> str:
        """The entry up to which a group needs no older one any more."""
        pending = self._server.run("XPENDING", self._key, group)
        return text(pending["min"]) if pending["pending"] else delivered


def _entry(id_: bytes, fields: list[bytes] | None) -> Entry:
    words = [exact(word) for word in fields or []]
    return text(id_), dict(zip(words[::2], words[1::2], strict=True))
