"""How many profiles of a version a filter admits: in all, in each cluster, with each value of a tag field."""

import json
from collections import Counter
from collections.abc import Sequence

from ..names import COUNT
from ..tags import fold_tag, split_tags
from . import command
from .filter import Filter
from .keys import Keys
from .server import Server
from .versions.records import VersionRecord
from .wire.replies import text

_STORE = """
local identity = redis.pcall('HGET', KEYS[1], 'identity')
if redis.call('EXISTS', KEYS[1]) == 0 or type(identity) == 'table' or (identity or '') ~= ARGV[1] then return end
if redis.call('TYPE', KEYS[2]).ok ~= 'hash' then redis.call('UNLINK', KEYS[2]) end
redis.call('HSET', KEYS[2], 'profiles', ARGV[2], 'sizes', ARGV[3])
"""


class Counts:
    """Counts profiles by their index.

    Args:
        server: where it is.
        keys: the collection's.
    """

    def __init__(self, server: Server, keys: Keys) -> None:
        self._server = server
        self._keys = keys

    def total(self, record: VersionRecord, admitted: Filter) -> int:
        """How many profiles a filter admits."""
        return int(self._server.run(*command.count(record.index, admitted))[0])

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

    def store(self, record: VersionRecord, profiles: int, sizes: Sequence[int]) -> None:
        """Remember how many profiles a version has, and each of its clusters, unless its name is another one's by now."""
        version = record.version
        keys = [self._keys.record(version), self._keys.counters(version)]
        self._server.script(_STORE, keys, [record.identity, profiles, json.dumps(list(sizes))])

    def _groups(self, record: VersionRecord, admitted: Filter, field: str) -> list[tuple[str, int]]:
        """Each content that a hash has in a field, as it is stored, and how many have it; empty for none."""
        reply = self._server.run(*command.count_by(record.index, admitted, field))
        rows = [dict(zip(map(text, row[::2]), row[1::2], strict=True)) for row in reply[1:]]
        return [(text(row.get(field) or b""), int(row[COUNT])) for row in rows]


def _by_count(counts: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))
