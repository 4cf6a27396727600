"""What each version knows of its words, beside the version."""

from collections.abc import Callable, Mapping
from itertools import chain
from typing import TypeVar

from ..errors import DamagedVersion
from .fence import Fence
from .keys import Keys
from .server import Server
from .versions.records import VersionRecord
from .versions.registry import WAY_OUT
from .wire.refusals import WrongType

Model = TypeVar("Model")


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

    def write(self, record: VersionRecord, fields: Mapping[bytes, bytes]) -> None:
        """Store a version's word model, as the fields of a hash.

        Raises:
            BuildRunning: somebody else has the lock.
        """
        self._fence.run([("HSET", self._keys.words(record.version), *chain.from_iterable(fields.items()))])

    def read(self, record: VersionRecord, parse: Callable[[Mapping[bytes, bytes]], Model]) -> Model | None:
        """A version's word model; None if it has none, or its index knows no words.

        Args:
            record: the version.
            parse: makes the model from the fields of its hash, and raises ValueError if it cannot.

        Raises:
            DamagedVersion: it is damaged.
        """
        if not record.words:
            return None
        try:
            data = self._server.run("HGETALL", self._keys.words(record.version))
            return parse(data) if data else None
        except (ValueError, WrongType) as error:
            raise DamagedVersion(f"version {record.version}: its word model is damaged: {error}: {WAY_OUT}") from error
