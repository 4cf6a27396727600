"""What request handlers use, made once per application."""

import logging
import threading
from collections.abc import Callable
from typing import cast

from flask import current_app

from profilesearch.embedding import Encoder
from profilesearch.errors import ModelLoading, ProfileSearchError
from profilesearch.search import SearchPipeline
from profilesearch.store import Store

from .map_cache import MapCache
from .metrics import Metrics

log = logging.getLogger(__name__)


class Services:
    """The parts of the domain that requests need.

    Args:
        store: where the profiles are.
        load: loads the model; called at once, in a thread of its own, so that the page can say that it is being loaded.
        remembered: how many of the latest queries are kept.
    """

    def __init__(self, store: Store, load: Callable[[], Encoder], remembered: int) -> None:
        self.store = store
        self.metrics = Metrics(store)
        self.map = MapCache(store)
        self._pipeline: SearchPipeline | None = None
        self._error: ProfileSearchError | None = None
        self._load = load
        self._remembered = remembered
        self._loader = threading.Thread(target=self._run, name="load model", daemon=True)
        self._loader.start()

    def _run(self) -> None:
        try:
            self._pipeline = SearchPipeline(self._load(), self.store, self._remembered, self.metrics.searched)
        except ProfileSearchError as error:
            log.error("%s", error)
            self._error = error

    def wait(self) -> None:
        """Wait until the model is loaded.

        Raises:
            ProfileSearchError: it cannot be.
        """
        self._loader.join()
        if self._error is not None:
            raise self._error

    @property
    def pipeline(self) -> SearchPipeline:
        """Answers searches.

        Raises:
            ModelLoading: not yet.
            EncoderError: never, and why.
        """
        if self._error is not None:
            raise self._error
        if self._pipeline is None:
            raise ModelLoading("the embedding model is being loaded; this takes some seconds after a start")
        return self._pipeline


def services() -> Services:
    """The services of the application that handles this request."""
    return cast(Services, current_app.extensions["profilesearch"])
