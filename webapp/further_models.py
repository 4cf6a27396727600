"""Models besides the first: loaded by a thread when they are needed, and let go when others need their room."""

import logging
import os
import threading
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field

from profilesearch.embedding import Encoder, compatible, require_model
from profilesearch.errors import EncoderError, ModelLoading, ProfileSearchError
from profilesearch.search.pipeline import SearchPipeline
from profilesearch.store import VersionRecord

log = logging.getLogger(__name__)

_LEAST_IDLE_SECONDS = 60.0
"""For so long a model is kept after it was asked, so that two that are asked by turns do not take each other's room."""

_TRY_AGAIN_SECONDS = 30.0
"""After so long a model that could not be loaded is tried again."""


@dataclass
class _Held:
    """A model that is loaded, and when it was asked last."""

    fingerprint: str
    pipeline: SearchPipeline
    asked: float = field(default_factory=time.monotonic)


class FurtherModels:
    """The models of a process besides its first.

    Args:
        load: loads the model of a name; None for a process that has no other than its first.
        make: makes a pipeline of a model.
        most: how many are held at once.
    """

    def __init__(
        self, load: Callable[[str], Encoder] | None, make: Callable[[Encoder], SearchPipeline], most: int
    ) -> None:
        self._load = load
        self._make = make
        self._most = most if load is not None else 0
        self._held: list[_Held] = []
        self._errors: dict[str, tuple[ProfileSearchError, float]] = {}
        self._begin()
        itself = weakref.ref(self)

        def begin_again() -> None:
            if (models := itself()) is not None:
                models._begin()

        os.register_at_fork(after_in_child=begin_again)

    def _begin(self) -> None:
        self._lock = threading.Lock()  # held for moments, never while a model is loaded
        self._wanted: dict[str, VersionRecord] = {}  # after a fork, the thread that loads them is the parent's alone
        self._thread: threading.Thread | None = None

    @property
    def can_load(self) -> bool:
        """Whether there can be any."""
        return self._most > 0

    def pipeline(self, version: VersionRecord, keep: str = "") -> SearchPipeline:
        """What answers searches from a version.

        Args:
            version: of which model.
            keep: the fingerprint of a model that does not make room: the default's.

        Raises:
            ModelLoading: not yet, or there is no room for it at present.
            EncoderError: its model cannot be loaded.
            ModelMismatch: its model is another one by now.
        """
        with self._lock:
            for held in self._held:
                if compatible(held.fingerprint, version.fingerprint):
                    held.asked = time.monotonic()
                    return held.pipeline
            error, at = self._errors.get(version.fingerprint, (None, 0.0))
            if error is not None and time.monotonic() - at < _TRY_AGAIN_SECONDS:
                raise error
            self._want(version, keep)
        raise ModelLoading(f"the embedding model {version.model} is being loaded; this takes some seconds")

    def prepare(self, version: VersionRecord) -> None:
        """Begin to load a version's model, if it is not here and there is room."""
        with self._lock:
            known = [held.fingerprint for held in self._held] + list(self._errors)
            if len(self._held) + len(self._wanted) < self._most and not any(
                compatible(fingerprint, version.fingerprint) for fingerprint in known
            ):
                self._want(version, "")

    def _want(self, version: VersionRecord, keep: str) -> None:
        """Let the thread load a model; called under the lock."""
        if version.fingerprint in self._wanted:
            return
        if len(self._held) + len(self._wanted) >= self._most:
            idle = [held for held in self._held if not compatible(held.fingerprint, keep)]
            oldest = min(idle, key=lambda held: held.asked, default=None)
            if oldest is None or time.monotonic() - oldest.asked < _LEAST_IDLE_SECONDS:
                raise ModelLoading(
                    f"there is no room for the embedding model {version.model}: this process holds {self._most + 1} models at "
                    "once (PROFILESEARCH_MOST_MODELS), and all are in use"
                )
            self._held.remove(oldest)
            log.info("the embedding model of %s makes room", oldest.fingerprint)
        self._wanted[version.fingerprint] = version
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name="load further models", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while True:
            with self._lock:
                if not self._wanted:
                    self._thread = None
                    return
                version = next(iter(self._wanted.values()))
            held, error = self._loaded(version)
            with self._lock:
                del self._wanted[version.fingerprint]
                if held is not None:
                    self._held.append(held)
                    self._errors.pop(version.fingerprint, None)
                if error is not None:
                    self._errors[version.fingerprint] = (error, time.monotonic())

    def _loaded(self, version: VersionRecord) -> tuple[_Held | None, ProfileSearchError | None]:
        assert self._load is not None
        try:
            encoder = self._load(version.model)
            require_model(version, encoder)
            return _Held(encoder.fingerprint, self._make(encoder)), None
        except ProfileSearchError as error:
            log.warning("%s", error)
            return None, error
        except Exception as error:
            log.exception("the embedding model %s cannot be loaded", version.model)
            reason = f"the embedding model {version.model} cannot be loaded: {type(error).__name__}: {error}"
            return None, EncoderError(reason)
