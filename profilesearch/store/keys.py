"""Names of all keys of a collection in Redis."""

import re
from dataclasses import dataclass

from ..collection import PROFILES, Collection

_OWNER = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True)
class Keys:
    """Key names: as the table of :mod:`profilesearch.store` has them, or with one hash tag for all but the profiles.

    Keys with the same tag lie in one slot of a cluster, so that a script may use them together
    (https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#hash-tags).

    Attributes:
        collection: whose keys they are.
        tagged: whether the collection's name is a hash tag in them.
    """

    collection: Collection = PROFILES
    tagged: bool = False

    def _name(self, *parts: str) -> str:
        name = self.collection.name
        return ":".join([f"{{{name}}}" if self.tagged else name, *parts])

    def _owned(self, kind: str, owner: str, *more: str) -> str:
        if not _OWNER.fullmatch(owner):
            raise ValueError(f"owner: expected 1 to 64 letters, digits, hyphens and underscores, got {owner[:80]!r}")
        return self._name(kind, owner, *more)

    @property
    def prefix(self) -> str:
        """What every key begins with, but for those of profiles."""
        return self._name("")

    # ------------------------------------------------------------ versions
    @property
    def live(self) -> str:
        """The name of the version that is live by default."""
        return self._name("live")

    @property
    def live_beside(self) -> str:
        """The live versions of models besides the default's, by the models' names, in a hash."""
        return self._name("live", "models")

    @property
    def experiment(self) -> str:
        """Which two live versions are compared by searches, as a hash."""
        return self._name("experiment")

    @property
    def experiment_log(self) -> str:
        """What its sides answered, as a stream that expires."""
        return self._name("experiment", "log")

    @property
    def count(self) -> str:
        """Numbers the versions."""
        return self._name("count")

    @property
    def versions(self) -> str:
        """All versions' names, in a sorted set."""
        return self._name("versions")

    @property
    def records(self) -> str:
        """What every record's key begins with, up to the colon before the version."""
        return self._name("record")

    def record(self, version: str) -> str:
        """What is known of a version, as a hash."""
        return self._name("record", version)

    def counters(self, version: str) -> str:
        """What changes between builds: profiles, changes, sizes of clusters."""
        return self._name("counters", version)

    def clusters(self, version: str) -> str:
        """A version's cluster model, as a hash of plain arrays."""
        return self._name("clusters", version)

    def words(self, version: str) -> str:
        """A version's word model, as a hash of plain arrays."""
        return self._name("words", version)

    def version_of(self, key: str) -> str:
        """The version that a key of this collection is about; empty if it is about none."""
        parts = key.removeprefix(self.prefix).split(":")
        return parts[1] if len(parts) == 2 and parts[0] in ("record", "counters", "clusters", "words") else ""

    # ------------------------------------------------------------ the job that runs
    @property
    def lock(self) -> str:
        """The token of the job that runs. It ends when nobody renews it."""
        return self._name("build")

    @property
    def about(self) -> str:
        """Who has the lock, and how far."""
        return self._name("build", "about")

    @property
    def fence(self) -> str:
        """The token of whoever had the lock last; it does not end by itself."""
        return self._name("build", "fence")

    def refused(self, token: str) -> str:
        """Written and removed again where a writer with this token is refused, so that its transaction ends."""
        return self._name("build", "fence", "refused", token)

    # ------------------------------------------------------------ changes
    @property
    def building(self) -> str:
        """There while changes must be remembered for a build: the build's token."""
        return self._name("building")

    @property
    def changed(self) -> str:
        """Ids that changed during a build, in a sorted set; the score is the number of the batch."""
        return self._name("changed")

    @property
    def changed_rows(self) -> str:
        """Their latest rows, as JSON."""
        return self._name("changed", "rows")

    @property
    def changed_count(self) -> str:
        """Numbers the batches."""
        return self._name("changed", "count")

    @property
    def stream(self) -> str:
        """The stream of changes."""
        return self._name("changes")

    @property
    def rejected(self) -> str:
        """Changes that could not be applied, and why."""
        return self._name("rejected")

    @property
    def applied(self) -> str:
        """The entry of the stream that each id had last, while older ones may still come."""
        return self._name("applied")

    # ------------------------------------------------------------ what people keep, whatever version is live
    def shortlists(self, owner: str) -> str:
        """Somebody's shortlists by their keys, as JSON."""
        return self._owned("shortlists", owner)

    @property
    def shared(self) -> str:
        """Owner and key of each shared shortlist, by its token."""
        return self._name("shared")

    def searches(self, owner: str) -> str:
        """Somebody's saved searches by their keys, as JSON."""
        return self._owned("searches", owner)

    def labels(self, owner: str) -> str:
        """Somebody's labels, by digests of the text and what was judged."""
        return self._owned("labels", owner)

    def labelled(self, owner: str) -> str:
        """The texts of the labels by their digests, and how many labels each has."""
        return self._owned("labels", owner, "queries")

    # ------------------------------------------------------------ what was asked
    @property
    def queries(self) -> str:
        """The latest queries, to compare a new version with."""
        return self._name("queries")

    @property
    def texts(self) -> str:
        """Digests of long texts by the time of their last use."""
        return self._name("texts")

    def text(self, digest: str) -> str:
        """A long text that was searched for; it expires."""
        return self._name("text", digest)
