"""Names of all keys in Redis, but for the profiles themselves (``profile:{version}:{id}``)."""

ALIAS = "profiles"
"""The alias that leads to the live version's index."""

LIVE = "profiles:live"
"""The live version's name."""

COUNT = "profiles:count"
"""Numbers the versions."""

RECORD = "profiles:record"
"""``profiles:record:{version}``: what is known of a version, as a hash."""

COUNTERS = "profiles:counters"
"""``profiles:counters:{version}``: what changes between builds: profiles, changes, sizes of clusters."""

CLUSTERS = "profiles:clusters"
"""``profiles:clusters:{version}``: its cluster model, as a hash of plain arrays."""

VERSIONS = "profiles:versions"
"""All versions' names, in a sorted set. redis-om's ``all_pks`` would find them too, by a SCAN over all profiles."""

LOCK = "profiles:build"
"""The lock of the build, prune or rollback that runs: its owner's token. It ends when nobody renews it."""

ABOUT = "profiles:build:about"
"""Who has the lock, and how far."""

FENCE = "profiles:build:fence"
"""The token of whoever had the lock last; it does not end by itself."""

BUILDING = "profiles:building"
"""There while changes must be remembered for a build: the build's token."""

CHANGED = "profiles:changed"
"""Ids that changed during a build, in a sorted set; the score is the number of the batch."""

CHANGED_ROWS = "profiles:changed:rows"
"""Their latest rows, as JSON."""

CHANGED_COUNT = "profiles:changed:count"
"""Numbers the batches."""

STREAM = "profiles:changes"
"""The stream of changes."""

REJECTED = "profiles:rejected"
"""Changes that could not be applied, and why."""

APPLIED = "profiles:applied"
"""The entry of the stream that each id had last, while older ones may still come."""

QUERIES = "profiles:queries"
"""The latest queries, to compare a new version with."""


def record_key(version: str) -> str:
    """The key of a version's record."""
    return f"{RECORD}:{version}"


def counters_key(version: str) -> str:
    """The key of a version's counters."""
    return f"{COUNTERS}:{version}"


def clusters_key(version: str) -> str:
    """The key of a version's cluster model."""
    return f"{CLUSTERS}:{version}"
