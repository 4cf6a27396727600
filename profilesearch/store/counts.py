"""How many profiles of a version a filter admits: in all, in each cluster, with each value of a tag field."""

from collections import Counter

from ..names import COUNT
from ..tags import fold_tag, split_tags
from . import command
from .connection import Client, text, translated
from .filter import Filter
from .record import VersionRecord


class Counts:
    """Counts profiles by their index.

    Args:
        client: a client, as from ``connect``.
    """

    def __init__(self, client: Client) -> None:
        self._client = client

    def total(self, record: VersionRecord, admitted: Filter) -> int:
        """How many profiles a filter admits."""
        with translated():
            reply = self._client.execute_command(*command.count(record.index, admitted))
        return int(reply[0])

    def by_cluster(self, record: VersionRecord, admitted: Filter) -> dict[int, int]:
        """How many profiles of each cluster a filter admits."""
        groups = self._groups(record, admitted, "cluster")
        return {int(cluster): count for cluster, count in groups if cluster.isascii() and cluster.isdigit()}

    def by_tag(self, record: VersionRecord, admitted: Filter, field: str) -> dict[str, int]:
        """How many profiles that a filter admits have each value of a tag field, most first, then by value.

        Values that Redis takes for equal are one, in the spelling that most profiles have.
        """
        counts: Counter[str] = Counter()
        for values, count in self._groups(record, admitted, field):
            for value in split_tags(values):
                counts[value] += count
        spellings: dict[str, str] = {}
        equal: Counter[str] = Counter()
        for value, count in _by_count(counts):
            equal[spellings.setdefault(fold_tag(value), value)] += count
        return dict(_by_count(equal))

    def _groups(self, record: VersionRecord, admitted: Filter, field: str) -> list[tuple[str, int]]:
        """Each content that a hash has in a field, as it is stored, and how many have it; empty for none."""
        with translated():
            reply = self._client.execute_command(*command.count_by(record.index, admitted, field))
        rows = [dict(zip(map(text, row[::2]), row[1::2], strict=True)) for row in reply[1:]]
        return [(text(row.get(field) or b""), int(row[COUNT])) for row in rows]


def _by_count(counts: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))
