"""All that is known of one collection in Redis."""

from dataclasses import replace

from ..collection import PROFILES, Collection
from ..errors import IndexNotReady
from . import command
from .build_lock import BuildLock
from .changes import Changes
from .clusterings import Clusterings
from .copies import Copies
from .counts import Counts
from .everything_kept import EverythingKept
from .experiments import Experiments
from .fence import Fence
from .filter import Filter
from .hybrid import HybridRanker
from .keys import Keys
from .labels import Labels
from .query import Candidate, Hit, KnnQuery, Query
from .ranker import Ranker
from .recent_queries import RecentQueries
from .saved_searches import SavedSearches
from .search_index import Indexes, SearchIndexes
from .server import Server
from .shell import command_line
from .shortlists import Shortlists
from .texts import Texts
from .versions import VersionRecord, Versions
from .word_models import WordModels
from .writer import Profiles


class Store:
    """A collection's profiles, and what stands beside them.

    Args:
        server: where they are, as from ``connect``.
        collection: which.
        token: the lock's, which every write of a version must pass; see :meth:`locked`. Without one they pass.

    Attributes:
        versions: what is known of each version, and which is live.
        experiments: which two of the live ones searches compare.
        indexes: their indexes.
        clusters: their cluster models.
        words: their word models.
        profiles: the profiles themselves.
        counts: how many profiles a filter admits.
        changes: changes between builds.
        recent: the latest queries.
        texts: long texts that addresses refer to.
        shortlists, searches, labels: what people keep, whatever version is live.
        kept: all of that together.
        copies: of vectors, to measure other sizes of them.
        hybrid: ranks by words, and by words and meaning.
    """

    def __init__(self, server: Server, collection: Collection = PROFILES, token: str = "") -> None:
        self._server = server
        self._collection = collection
        keys = Keys(collection, server.tagged)
        fence = Fence(server, keys, token)
        self.versions = Versions(server, keys, fence)
        self.experiments = Experiments(server, keys, fence)
        self.indexes = SearchIndexes(server, collection, fence)
        self.clusters = Clusterings(server, keys, fence)
        self.words = WordModels(server, keys, fence)
        self.profiles = Profiles(server, keys, fence)
        self.counts = Counts(server, keys)
        self.changes = Changes(server, keys, fence)
        self.recent = RecentQueries(server, keys)
        self.texts = Texts(server, keys)
        self.shortlists = Shortlists(server, keys)
        self.searches = SavedSearches(server, keys)
        self.labels = Labels(server, keys)
        self.kept = EverythingKept(self.shortlists, self.searches, self.labels)
        self.copies = Copies(server, self.indexes)
        self.hybrid = HybridRanker(server)
        self._ranker = Ranker(server)

    def locked(self, lock: BuildLock) -> "Store":
        """The same store for the owner of the lock: whatever it writes, it writes only while nobody else has it."""
        return Store(self._server, self._collection, lock.token)

    def ping(self) -> None:
        """Check that Redis answers.

        Raises:
            RedisUnavailable: it does not.
        """
        self._server.run("PING")

    # ------------------------------------------------------------ a version
    def create(self, record: VersionRecord) -> None:
        """Begin a version: its record and its index."""
        self.versions.save(record)
        self.indexes.create(record)

    def drop(self, version: str, *, keep_record: bool = False) -> int:
        """Remove a version with its index, profiles and cluster model, in batches.

        It is marked first, so that nobody can make it live any more, and the record goes last, so that what is left by an
        interruption is still known of.

        Returns:
            How many profiles were removed.

        Raises:
            VersionIsLive: it is live; nothing was removed.
            BuildRunning: somebody else has the lock.
        """
        self.versions.mark_removing(version)
        self.indexes.drop_version(version)
        removed = self.profiles.remove_all(version)
        if keep_record:
            self.versions.forget_counters(version)
        else:
            self.versions.forget(version)
        return removed

    def refresh_counts(self, record: VersionRecord) -> VersionRecord:
        """Count a version's profiles and the sizes of its clusters anew after changes, beside its record."""
        by_cluster = self.counts.by_cluster(record, Filter())
        sizes = [by_cluster.get(number, 0) for number in range(len(self.clusters.model(record)))]
        profiles = self.counts.total(record, Filter())
        self.counts.store(record, profiles, sizes)
        return replace(record, profiles=profiles, sizes=sizes)

    # ------------------------------------------------------------ queries
    def rank(self, record: VersionRecord, query: KnnQuery, indexes: Indexes | None = None) -> list[Candidate]:
        """The best candidates for a query; see :meth:`Ranker.rank`."""
        return self._ranker.rank(record, query, indexes)

    def nearest(self, record: VersionRecord, query: KnnQuery) -> list[Hit]:
        """The profiles behind the best candidates, in the order of :meth:`rank`."""
        return self.profiles.read(record, self.rank(record, query))

    def check(self, record: VersionRecord, query: KnnQuery) -> None:
        """Check that a version's index finds what a query asks for.

        Raises:
            IndexNotReady: the index is gone, is still being read, or finds nobody though the version has profiles.
        """
        self.indexes.check(record)
        if record.profiles and not self.rank(record, query):
            raise IndexNotReady(f"the index of version {record.version} finds none of its {record.profiles} profiles")

    def command_line(self, query: Query, offset: int = 0, limit: int | None = None, index: str | None = None) -> str:
        """A query as a line for a shell, of the version that is live by default, or of an index; see :mod:`.shell`."""
        words = command.command_of(index or self._collection.name, query, offset, limit)
        return command_line(self._server.shell_arguments, words)

    def passage_lines(self, record: VersionRecord, query: Query) -> list[str]:
        """Whose passages a query finds, as a line for a shell; none where long texts have no passages."""
        if not record.passages or not isinstance(query, KnnQuery):
            return []
        asked = command.people_by_passages(record, query, command.FIRST_WIDTH * query.k)
        return [command_line(self._server.shell_arguments, asked)]
