"""What request handlers use, made once per application."""

import logging
import os
import threading
import weakref
from collections.abc import Callable
from typing import cast

from flask import current_app

from profilesearch.embedding import Encoder
from profilesearch.errors import EncoderError, ModelLoading, ProfileSearchError
from profilesearch.search.known_values import KnownValues
from profilesearch.search.page import SearchPage
from profilesearch.search.pipeline import SearchPipeline
from profilesearch.search.request import SearchRequest
from profilesearch.search.rerankers.catalogue import Means, make_rerankers
from profilesearch.search.rerankers.language_model import Budget
from profilesearch.search.snapshot import Snapshot
from profilesearch.settings import Settings
from profilesearch.store import QueryRecorder, Store
from profilesearch.text.word_list import WordList

from .hints import Hints
from .map_cache import MapCache
from .metrics import Metrics

log = logging.getLogger(__name__)


class Services:
    """The parts of the domain that requests need.

    The model is loaded by a thread that begins with :meth:`start`, or with the first request that needs it: a process
    that a server has forked off (gunicorn's ``--preload``) has none of its parent's threads.

    Args:
        store: where the profiles are.
        load: loads the model.
        settings: how long texts and recent queries are kept.
    """

    def __init__(self, store: Store, load: Callable[[], Encoder], settings: Settings) -> None:
        self.store = store
        self.settings = settings
        self.metrics = Metrics(store)
        self.map = MapCache(store)
        self.word_list = WordList.load(settings.word_list)
        self.values = KnownValues(store, self.word_list)
        self.hints = Hints(self.values)
        self._recorder = QueryRecorder(store.recent, settings.recent_queries)
        self._load = load
        self._pipeline: SearchPipeline | None = None
        self._error: ProfileSearchError | None = None
        self._loader: threading.Thread | None = None
        self._lock = threading.Lock()
        itself = weakref.ref(self)

        def forget_threads() -> None:
            if (services := itself()) is not None:
                services._forget_threads()

        os.register_at_fork(after_in_child=forget_threads)  # for good, so it must not keep what it refers to

    def _forget_threads(self) -> None:
        self._lock = threading.Lock()
        self._loader = None
        self.map = MapCache(self.store)
        self.values.forget_threads()
        self._recorder = QueryRecorder(self.store.recent, self.settings.recent_queries)

    def start(self) -> threading.Thread:
        """Begin to load the model, unless this process has begun already."""
        with self._lock:
            if self._loader is None:
                self._loader = threading.Thread(target=self._run, name="load model", daemon=True)
                self._loader.start()
            return self._loader

    def _run(self) -> None:
        if self._pipeline is not None:
            return
        try:
            encoder, settings = self._load(), self.settings
            budget = Budget(settings.rerank_calls, settings.rerank_seconds)
            means = Means(encoder, settings.device, budget, settings.openai)
            self._pipeline = SearchPipeline(encoder, self.store, make_rerankers(settings.rerankers, means), self.values)
        except ProfileSearchError as error:
            log.error("%s", error)
            self._error = error
        except Exception as error:
            log.exception("the embedding model cannot be loaded")
            self._error = EncoderError(f"the embedding model cannot be loaded: {type(error).__name__}: {error}")

    def wait(self) -> None:
        """Wait until the model is loaded.

        Raises:
            ProfileSearchError: it cannot be.
        """
        self.start().join()
        if self._error is not None:
            raise self._error

    @property
    def pipeline(self) -> SearchPipeline:
        """Answers searches.

        Raises:
            ModelLoading: not yet.
            EncoderError: never, and why.
        """
        if self._pipeline is not None:
            return self._pipeline
        if self._error is not None:
            raise self._error
        self.start()
        raise ModelLoading("the embedding model is being loaded; this takes some seconds after a start")

    def search(self, request: SearchRequest, snapshot: Snapshot) -> SearchPage:
        """Answer a search that somebody made, count it, and remember its text among the latest.

        Raises:
            ProfileSearchError: see :attr:`pipeline` and :meth:`SearchPipeline.search`.
        """
        page = self.pipeline.search(request, snapshot)
        if request.query.strip():
            self._recorder.record(request.query)
        self.metrics.searched(page)
        return page

    def shell_line(self, page: SearchPage) -> str:
        """A page's query as a line for a shell; two, where words and meaning were asked for apart, as deep as they were."""
        if len(page.ranking.queries) > 1:
            return "\n".join(map(self.store.command_line, page.ranking.queries))
        return self.store.command_line(page.ranking.queries[0], page.request.offset, page.request.k)


def services() -> Services:
    """The services of the application that handles this request."""
    return cast(Services, current_app.extensions["profilesearch"])
