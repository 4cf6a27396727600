"""Which pipeline answers for which model: the first model's, or one of the further models', pinned to a live version."""

import time
from collections.abc import Callable

from profilesearch.embedding import compatible
from profilesearch.errors import ModelLoading, RedisUnavailable, StoreError, UnknownModel
from profilesearch.search.pipeline import SearchPipeline
from profilesearch.store import Store

from .further_models import FurtherModels

_LOOK_SECONDS = 5.0
"""How often it is looked which models are live."""


class LivePipelines:
    """Chooses by the fingerprint of the version that is live.

    Args:
        store: where the versions are.
        first: gives the pipeline of the process' first model, or raises why it is not there.
        further: the models besides.
    """

    def __init__(self, store: Store, first: Callable[[], SearchPipeline], further: FurtherModels) -> None:
        self._store = store
        self._first = first
        self._further = further
        self._default: SearchPipeline | None = None
        self._looked = -_LOOK_SECONDS

    def of(self, model: str) -> SearchPipeline:
        """What answers from a model's live version, which it is pinned to.

        Raises:
            ModelLoading: not yet.
            EncoderError: its model cannot be loaded.
            UnknownModel: nothing of that model is live.
            StoreError: Redis is away, nothing is published, or the model is another one.
        """
        first, version = self._first(), self._store.versions.live(model)
        self._look_around(first)
        if compatible(version.fingerprint, first.fingerprint) or not self._further.can_load:
            return first.pinned(version)
        default = self._store.versions.live().fingerprint if model else version.fingerprint
        return self._further.pipeline(version, default).pinned(version)

    def still(self, model: str) -> SearchPipeline:
        """As :meth:`of`; while the model of a new default is being loaded, the default before answers, if it is live."""
        try:
            pipeline = self.of(model)
        except ModelLoading:
            before = self._default
            if model or before is None or not self._is_live(before):
                raise
            return before
        if not model:
            self._default = pipeline
        return pipeline

    def _is_live(self, pipeline: SearchPipeline) -> bool:
        seen = pipeline.snapshot().version
        try:
            return self._store.versions.live(seen.model).identity == seen.identity
        except (StoreError, UnknownModel):
            return False

    def _look_around(self, first: SearchPipeline) -> None:
        """Load models that went live beside the default, now and then: before anybody asks them."""
        if not self._further.can_load or time.monotonic() - self._looked < _LOOK_SECONDS:
            return
        self._looked = time.monotonic()
        try:
            versions = self._store.versions.all_live()
        except RedisUnavailable:
            raise
        except (StoreError, UnknownModel):
            return
        for version in versions:
            if not compatible(version.fingerprint, first.fingerprint):
                self._further.prepare(version)
