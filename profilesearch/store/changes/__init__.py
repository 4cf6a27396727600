"""Changes between builds, applied to the live version of every model and remembered for the one that is being built.

A batch is done as a whole, and only while the live versions are those it was made for. While a build runs, the ids that
changed are kept in a sorted set with the latest row of each; the build applies them to its version before it goes live,
and going live fails if one more has come in between. So neither side can miss the other. Where changes cannot be
remembered, because a key is damaged, the key ``building`` goes, and the build that needs it is not published.
"""

from collections.abc import Sequence

from ..fence import Fence
from ..keys import Keys
from ..server import Server
from ..versions.records import VersionRecord
from .apply import apply_changes
from .batch import Batch, Rejection, Upsert
from .pending import PendingChanges
from .stream import ChangeStream

__all__ = ["Batch", "ChangeStream", "Changes", "PendingChanges", "Rejection", "Upsert"]


class Changes:
    """Applies changes, hands them to builds, and reads them from the stream.

    Args:
        server: where they are.
        keys: the collection's.
        fence: what a build's own writes must pass.

    Attributes:
        pending: those that the version being built lacks.
        stream: those that were sent.
    """

    def __init__(self, server: Server, keys: Keys, fence: Fence) -> None:
        self._server = server
        self._keys = keys
        self.pending = PendingChanges(server, keys, fence)
        self.stream = ChangeStream(server, keys)

    def apply(
        self, record: VersionRecord, batch: Batch, beside: Sequence[tuple[VersionRecord, Sequence[Upsert]]] = ()
    ) -> bool:
        """Apply a batch to all live versions, all or nothing; an older entry never undoes a newer one.

        Args:
            record: the version that is live by default.
            batch: the changes, with the profiles as that version has them.
            beside: each other live version with the same profiles, in the same order, as it has them.

        Returns:
            False if these are not what is live any more: make the batch again.
        """
        return apply_changes(self._server, self._keys, record, batch, beside)
