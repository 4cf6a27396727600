"""What each version knows of its words, beside the version."""

from itertools import chain

from ..errors import DamagedVersion
from ..words.fitted_words import FittedWords
from .fence import Fence
from .keys import Keys
from .server import Server
from .versions.records import VersionRecord
from .versions.registry import WAY_OUT
from .wire.refusals import WrongType


class WordModels:
    """Reads and writes word models.

    Args:
        server: where they are.
        keys: the collection's.
        fence: what writes must pass.
    """

    def __init__(self, server: Server, keys: Keys, fence: Fence) -> None:
        self._server = server
        self._keys = keys
        self._fence = fence

    def write(self, record: VersionRecord, words: FittedWords) -> None:
        """Store a version's word model.

        Raises:
            BuildRunning: somebody else has the lock.
        """
        values = chain.from_iterable(words.to_hash().items())
        self._fence.run([("HSET", self._keys.words(record.version), *values)])

    def read(self, record: VersionRecord) -> FittedWords | None:
        """A version's word model; None if it has none, or its index knows no words.

        Raises:
            DamagedVersion: it is damaged.
        """
        if not record.words:
            return None
        try:
            data = self._server.run("HGETALL", self._keys.words(record.version))
            return FittedWords.from_hash(data) if data else None
        except (ValueError, WrongType) as error:
            raise DamagedVersion(f"version {record.version}: its word model is damaged: {error}: {WAY_OUT}") from error
