"""What request handlers use, made once per application."""

import logging
import os
import threading
import weakref
from collections.abc import Callable
from typing import cast

from flask import current_app, g, has_request_context, request
from werkzeug.exceptions import HTTPException

from profilesearch.embedding import Encoder
from profilesearch.errors import (
    EncoderError,
    ModelLoading,
    ProfileSearchError,
    UnknownModel,
)
from profilesearch.names import MODEL
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

from .experiments import Chosen, Experiments
from .further_models import FurtherModels
from .hints import Hints
from .live_pipelines import LivePipelines
from .map_cache import MapCache
from .metrics import Metrics

log = logging.getLogger(__name__)


class Services:
    """The parts of the domain that requests need.

    The model is loaded by a thread that begins with :meth:`start`, or with the first request that needs it: a process
    that a server has forked off (gunicorn's ``--preload``) has none of its parent's threads.

    Args:
        store: where the profiles are.
        load: loads the model that the settings name, the first.
        settings: how long texts and recent queries are kept, and how many models are held.
        load_further: loads the model of a name, where versions of other models are live; None if there are none.
    """

    def __init__(
        self,
        store: Store,
        load: Callable[[], Encoder],
        settings: Settings,
        load_further: Callable[[str], Encoder] | None = None,
    ) -> None:
        self.store = store
        self.settings = settings
        self.metrics = Metrics(store)
        self.map = MapCache(store)
        self.word_list = WordList.load(settings.word_list)
        self.values = KnownValues(store, self.word_list)
        self.hints = Hints(self.values)
        self._recorder = QueryRecorder(store.recent, settings.recent_queries)
        self._load = load
        further = FurtherModels(load_further, self._make_pipeline, settings.most_models - 1)
        self._live = LivePipelines(store, lambda: self._first, further)
        self._experiments = Experiments(store, self._live)
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
        self._experiments = Experiments(self.store, self._live)

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
            self._pipeline = self._make_pipeline(self._load())
        except ProfileSearchError as error:
            log.error("%s", error)
            self._error = error
        except Exception as error:
            log.exception("the embedding model cannot be loaded")
            self._error = EncoderError(f"the embedding model cannot be loaded: {type(error).__name__}: {error}")

    def _make_pipeline(self, encoder: Encoder) -> SearchPipeline:
        settings = self.settings
        budget = Budget(settings.rerank_calls, settings.rerank_seconds)
        means = Means(encoder, settings.device, budget, settings.openai)
        return SearchPipeline(encoder, self.store, make_rerankers(settings.rerankers, means), self.values)

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
        """Answers the searches of a request, all from one version: the live one of the model that it names (``model``).

        Without a name it is the default's, or the other one's of an experiment, by the text that is searched for.

        Raises:
            ModelLoading: not yet.
            EncoderError: never, and why.
            UnknownModel: nothing of that model is live; a page for people is answered by the default's instead.
            StoreError: Redis is away, nothing is published, or the model is another one.
        """
        if not has_request_context():
            return self._first
        return self.chosen.pipeline

    @property
    def chosen(self) -> Chosen:
        """The same, with the experiment that the request is part of."""
        if "chosen" not in g:
            g.chosen = self._choose(asked_model())
        return cast(Chosen, g.chosen)

    def of_model(self, model: str) -> SearchPipeline:
        """Answers searches from a model's live version, which it is pinned to; raises as :attr:`pipeline`."""
        return self._live.of(model)

    def _choose(self, model: str) -> Chosen:
        if not model:
            return self._experiments.choose(self._asked_text)
        try:
            return Chosen(self._live.still(model))
        except UnknownModel:
            if request.path.startswith("/api/"):
                raise
            g.unknown_model = model
            return Chosen(self._live.still(""))

    def _asked_text(self) -> str:
        """The text that a request is about, wherever it says so."""
        if "text" in g:
            return str(g.text)
        try:
            text, digest = request.values.get("q", ""), request.values.get("t", "")
        except HTTPException:  # a form that is too large
            return ""
        return text or (self.store.texts.get(digest, self.settings.text_days) or "" if digest else "")

    @property
    def _first(self) -> SearchPipeline:
        """Answers searches with the model that the settings name."""
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
        self._experiments.answered(self.chosen, page)
        return page

    @property
    def named_model(self) -> str:
        """The model that another request must name to be answered from the same version; empty for the default."""
        chosen = self.chosen
        return asked_model() or (chosen.pipeline.snapshot().version.model if chosen.side == "b" else "")

    def shell_line(self, page: SearchPage) -> str:
        """A page's query as a line for a shell.

        Where words and meaning were asked for apart, and passages besides, a line for each, as deep as they were.
        It asks the alias, which leads to what is live by default, unless another model answers.
        """
        index = page.version.index if self.named_model else None
        queries = page.ranking.queries
        passages = [line for query in queries for line in self.store.passage_lines(page.version, query)]
        if len(queries) > 1 or passages:
            return "\n".join([*(self.store.command_line(query, index=index) for query in queries), *passages])
        return self.store.command_line(queries[0], page.request.offset, page.request.k, index)


def asked_model() -> str:
    """The model that this request names; empty for the default. A body of JSON says it by :func:`ask`."""
    if "model" in g:
        return str(g.model)
    try:
        return (request.form if request.method == "POST" else request.args).get(MODEL, "")
    except HTTPException:  # a form that is too large
        return ""


def ask(model: str, text: str) -> None:
    """Take model and text from elsewhere than the address: from a body of JSON, or from a saved search."""
    g.model, g.text = model, text
    g.pop("chosen", None)


def services() -> Services:
    """The services of the application that handles this request."""
    return cast(Services, current_app.extensions["profilesearch"])
