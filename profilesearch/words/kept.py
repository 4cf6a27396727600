"""What a version knows of its words, kept beside it in Redis."""

from ..errors import DamagedVersion
from ..store import WAY_OUT, Store, VersionRecord
from .model import FittedWords


def keep_words(store: Store, record: VersionRecord, words: FittedWords) -> None:
    """Keep the words of a version.

    Raises:
        BuildRunning: somebody else has the build lock.
    """
    store.words.write(record, words.to_hash())


def words_of(store: Store, record: VersionRecord) -> FittedWords | None:
    """The words of a version; None for one that was built before words were counted, which is searched by meaning.

    Raises:
        DamagedVersion: they cannot be read.
    """
    data = store.words.read(record)
    if data == {}:
        return None
    try:
        return FittedWords.from_hash(data or {})
    except ValueError as error:
        raise DamagedVersion(
            f"version {record.version}: what it knows of its words is damaged: {error}: {WAY_OUT}"
        ) from error
