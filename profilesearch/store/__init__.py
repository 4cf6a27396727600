"""Redis: versions of the index, batched writes, changes, and queries. Nothing outside this room speaks to Redis.

===============================  ============================================================
``profile:{version}:{id}``       a profile, as a hash
``profiles:{version}``           its index; the alias ``profiles`` leads to the live one
``passage:{version}:{key}:{n}``  a passage of a long text, with the profile's key as hash tag;
                                 ``profiles:{version}:passages`` is their index
``profiles:live``                the name of the version that is live by default
``profiles:live:models``         the live versions of other models, by the models' names, as a hash
``profiles:experiment``          which two of them searches compare, as a hash; ``profiles:experiment:log`` what they answered
``profiles:record:{version}``    what is known of a version, as a hash
``profiles:counters:{version}``  what changes between builds: profiles, changes, sizes of clusters
``profiles:clusters:{version}``  its cluster model, as a hash of plain arrays
``profiles:words:{version}``     what it knows of its words, as a hash of plain arrays
``profiles:versions``            all versions' names, in a sorted set; ``profiles:count`` counts them
``profiles:build``               the lock of the job that runs; ``profiles:build:about`` says who and how far,
                                 ``profiles:build:fence`` who had it last, so that nobody else writes
``profiles:building``            set while changes must be remembered for a build
``profiles:changed``             ids that changed during it; ``profiles:changed:rows`` their latest rows,
                                 ``profiles:changed:count`` numbers the batches
``profiles:changes``             the stream of changes; ``profiles:rejected`` those that could not be applied
``profiles:applied``             the entry that each id had last, while older ones may still come
``profiles:queries``             the latest queries, to compare a new version with
``profiles:text:{digest}``       a long text that was searched for, so that addresses need not hold it; it expires
``profiles:shortlists:{owner}``  shortlists as JSON by their keys; ``profiles:shared`` leads to those that are shared
``profiles:searches:{owner}``    saved searches as JSON, by their keys
``profiles:labels:{owner}``      labels; ``profiles:labels:{owner}:queries`` their texts
===============================  ============================================================
"""

from .build_lock import BuildLock
from .changes import Batch, Changes, Rejection, Upsert
from .filter import Filter, escape_tag
from .keys import Keys
from .query import Candidate, Hit, KnnQuery
from .recent_queries import QueryRecorder
from .search_index import Indexes, IndexInfo
from .server import Server, connect
from .store import Store
from .texts import Texts
from .versions import WAY_OUT, Survey, VersionRecord, Versions, version_number
from .wire.patience import waiting_at_most
from .writer import Embedded

__all__ = [
    "WAY_OUT",
    "Batch",
    "BuildLock",
    "Candidate",
    "Changes",
    "Embedded",
    "Filter",
    "Hit",
    "IndexInfo",
    "Indexes",
    "Keys",
    "KnnQuery",
    "QueryRecorder",
    "Rejection",
    "Server",
    "Store",
    "Survey",
    "Texts",
    "Upsert",
    "VersionRecord",
    "Versions",
    "connect",
    "escape_tag",
    "version_number",
    "waiting_at_most",
]
