"""The values that a version's profiles have: what a text names of them, and what it may mean."""

import threading
import time
from dataclasses import dataclass

from ..store import Filter, Store, VersionRecord
from ..text.found_filters import FilterFinder, FoundValue
from ..text.vocabulary import Vocabulary
from ..text.word_list import WordList

_LEAST_SECONDS = 60.0
_MOST_KEPT = 4
"""Versions whose values are held, each of another model."""


@dataclass(frozen=True)
class _Known:
    """What a version's values are, how many changes it had then, and when they were read."""

    version: str
    identity: str
    changed: int
    read_at: float
    finder: FilterFinder
    vocabulary: Vocabulary


class KnownValues:
    """Knows the values of each model's latest version.

    While a version changes its values are read again once a minute. One thread reads for all who ask for that model; others' are
    given meanwhile.

    Args:
        store: where the profiles are.
        word_list: other names of values, and abbreviations; by default those that come with the program.
    """

    def __init__(self, store: Store, word_list: WordList | None = None) -> None:
        self._store = store
        self.word_list = word_list or WordList.load()
        self._latest: dict[str, _Known] = {}  # by model
        self.forget_threads()

    def forget_threads(self) -> None:
        """After a fork: another thread of the parent may have held a lock."""
        self._lock = threading.Lock()  # held for moments, never while Redis is asked
        self._reading: dict[str, threading.Lock] = {}  # by model

    def named(self, version: VersionRecord, text: str) -> list[FoundValue]:
        """The values that a text names, in its order."""
        return self._known(version).finder.find(text)

    def vocabulary(self, version: VersionRecord) -> Vocabulary:
        """The words and phrases of the values."""
        return self._known(version).vocabulary

    def _known(self, version: VersionRecord) -> _Known:
        with self._lock:
            if (latest := self._usable(version)) is not None:
                return latest
            reading = self._reading.setdefault(version.model, threading.Lock())
        with reading:
            with self._lock:
                latest = self._usable(version)  # another thread may have read them meanwhile
            if latest is None:
                latest = self._read(version)
                with self._lock:
                    others = [(model, each) for model, each in self._latest.items() if model != version.model]
                    self._latest = dict([*others[1 - _MOST_KEPT :], (version.model, latest)])
            return latest

    def _usable(self, version: VersionRecord) -> _Known | None:
        """What is known of a version; None where it must be read."""
        latest = self._latest.get(version.model)
        if latest is None or (latest.version, latest.identity) != (version.version, version.identity):
            return None
        aged = latest.changed != version.changed and time.monotonic() - latest.read_at > _LEAST_SECONDS
        return None if aged else latest

    def _read(self, version: VersionRecord) -> _Known:
        counts = {name: self._store.counts.by_tag(version, Filter(), name) for name in version.fields.tags}
        spellings = {
            field: {name: value for value in values for name in reversed(self.word_list.names(value))}
            for field, values in counts.items()
        }
        values = {value: count for several in counts.values() for value, count in several.items()}
        return _Known(
            version.version,
            version.identity,
            version.changed,
            time.monotonic(),
            FilterFinder(spellings),
            Vocabulary(values, self.word_list.abbreviations, self.word_list.roles),
        )
