"""``GET /metrics``: what operators watch, in the text format of Prometheus.

Source: https://prometheus.io/docs/practices/naming/
"""

import time
from collections.abc import Iterator

from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from profilesearch.errors import NoLiveVersion, StoreError, UnknownModel
from profilesearch.search.page import SearchPage
from profilesearch.store import Store

from .timings import reported

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """What one application counts and measures, and what is live in Redis when somebody looks."""

    def __init__(self, store: Store) -> None:
        self.registry = CollectorRegistry()
        self._requests = Histogram(
            "profilesearch_http_request_duration_seconds",
            "From request to answer.",
            ["endpoint", "method", "status"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._stages = Histogram(
            "profilesearch_search_stage_duration_seconds",
            "Each stage of a search; a text embedded before takes no time.",
            ["stage"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._searches = Counter(
            "profilesearch_searches",
            "Searches answered: fewer results than requested, or not.",
            ["mode", "short"],
            registry=self.registry,
        )
        self.registry.register(_Live(store))
        ProcessCollector(registry=self.registry)

    def searched(self, page: SearchPage) -> None:
        """Count a search."""
        self._searches.labels(page.request.mode, str(len(page.results) < page.request.k).lower()).inc()
        for stage, milliseconds in reported(page.timings).items():
            self._stages.labels(stage).observe(milliseconds / 1000)

    def register(self, app: Flask) -> None:
        """Measure every request of an application, and answer ``/metrics``."""
        app.before_request(_begin)
        app.after_request(self._answered)
        app.add_url_rule("/metrics", "metrics", self._shown)

    def _shown(self) -> Response:
        try:
            encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        except (TypeError, ValueError, KeyError, IndexError):  # a version that is no number, for one
            encode, content_type = choose_encoder("")
        return Response(encode(self.registry), content_type=content_type)

    def _answered(self, response: Response) -> Response:
        endpoint = request.endpoint or "none"
        # methods are the client's own words: only those that somebody answers get a series of their own
        method = request.method if request.url_rule else "other"
        took = time.perf_counter() - g.begun
        self._requests.labels(endpoint, method, str(response.status_code)).observe(took)
        return response


class _Live(Collector):
    """The live version of each model, asked for at every look."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def collect(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("profilesearch_redis_up", "Whether Redis answers.")
        profiles = GaugeMetricFamily(
            "profilesearch_profiles", "People in the live version.", labels=["version", "model"]
        )
        since = GaugeMetricFamily(
            "profilesearch_live_timestamp_seconds", "When the live version went live.", labels=["version"]
        )
        changed = GaugeMetricFamily(
            "profilesearch_changes", "Changes applied to it since it was built.", labels=["version"]
        )
        try:
            for live in self._store.versions.all_live():
                profiles.add_metric([live.version, live.model], live.profiles)
                since.add_metric([live.version], live.live_at)
                changed.add_metric([live.version], live.changed)
            up.add_metric([], 1)
        except (NoLiveVersion, UnknownModel):
            up.add_metric([], 1)
        except StoreError:
            up.add_metric([], 0)
        yield from (up, profiles, since, changed)


def _begin() -> None:
    g.begun = time.perf_counter()
