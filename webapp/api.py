"""The JSON API."""

from typing import Any

from flask import Blueprint, Response, jsonify, request
from werkzeug.datastructures import MultiDict

from profilesearch.errors import InvalidRequest
from profilesearch.fields import Fields
from profilesearch.names import MODEL
from profilesearch.search.page import SearchPage
from profilesearch.search.results import Result
from profilesearch.search.routing import RankedCluster
from profilesearch.words.language import likely_language

from .addresses import parameters, with_text
from .json_body import json_parameters
from .params import search_request
from .reasons import in_words, reason_text
from .services import ask, services
from .spreadsheet import csv_file
from .timings import reported

blueprint = Blueprint("api", __name__, url_prefix="/api")


@blueprint.get("/search")
def search() -> Response:
    """People who fit the text ``q``, or the text that ``t`` stands for."""
    return _search(parameters())


@blueprint.post("/search")
def search_by_post() -> Response:
    """The same with the parameters as a JSON object, for texts that are too long or too private for an address."""
    asked = json_parameters(request)
    asked = with_text(asked)
    ask(asked.get(MODEL, ""), asked.get("q", ""))
    return _search(asked)


def _search(asked: MultiDict[str, str]) -> Response:
    snapshot = services().pipeline.snapshot()
    page = services().search(search_request(asked, snapshot.version.fields, services().word_list.names), snapshot)
    if asked.get("format", "json") == "csv":
        return as_csv(page)
    answer = as_json(page)
    if asked.get("explain", "0") not in ("", "0", "false"):
        answer["explain"] = _explanation(page, services().store.counts.total(page.version, page.filter))
    return jsonify(answer)


@blueprint.get("/profiles")
@blueprint.get("/profiles/<path:id_>")
def profile(id_: str | None = None) -> Response:
    """One person."""
    id_ = id_ or request.args.get("id", "")
    if not id_:
        raise InvalidRequest("id", "id: expected the id of a profile, got nothing")
    version = services().pipeline.snapshot().version
    hit, _ = services().store.profiles.one(version, id_)
    return jsonify(
        {
            "id": hit.id,
            "headline": hit.title,
            "text": hit.text,
            "cluster": hit.cluster,
            "version": version.version,
            "tags": {name: list(values) for name, values in hit.tags.items()},
            "numbers": dict(hit.numbers),
        }
    )


@blueprint.get("/clusters")
def clusters() -> Response:
    """The live version's clusters with their names and sizes."""
    snapshot = services().pipeline.snapshot()
    model = snapshot.clusters
    return jsonify(
        {
            "version": snapshot.version.version,
            "clusters": [{"id": n, "label": label, "size": model.sizes[n]} for n, label in enumerate(model.labels)],
        }
    )


def as_csv(page: SearchPage) -> Response:
    """A page of results as a file for spreadsheets."""
    fields = page.version.fields
    header = ["rank", "id", "headline", "similarity", "cluster", *fields.tags, *fields.numbers, "text"]
    return csv_file("people.csv", header, (_row(result, fields) for result in page.results))


def _row(result: Result, fields: Fields) -> list[object]:
    hit = result.hit
    tags = ["; ".join(hit.tags.get(name, ())) for name in fields.tags]
    numbers = [hit.numbers.get(name, "") for name in fields.numbers]
    return [result.rank, hit.id, hit.title, f"{result.similarity:.6f}", result.label, *tags, *numbers, hit.text]


def as_json(page: SearchPage) -> dict[str, Any]:
    """A page of results as the API gives it."""
    return {
        "query": page.request.query,
        "version": page.version.version,
        "model": page.version.model,
        "cluster": {
            "mode": page.request.mode,
            "predicted": _cluster(page.predicted),
            "searched": [_cluster(cluster) for cluster in page.searched],
        },
        "requested": page.request.k,
        "returned": len(page.results),
        "reason": reason_text(page),
        "results": [_result(result) for result in page.results],
        "timings_ms": reported(page.timings),
        "redis_cli": services().shell_line(page),
    }


def _explanation(page: SearchPage, candidates: int) -> dict[str, Any]:
    """Why these results: every cluster with its distance, what was compared, the exact command, the recall to expect."""
    searched = {cluster.id for cluster in page.searched}
    return {
        "clusters": [_cluster(cluster) | {"searched": cluster.id in searched} for cluster in page.ranked],
        "candidates": candidates,
        "ft_search": list(page.commands[0]),
        "commands": [list(words) for words in page.commands],
        "ranked_by": page.plan.by,
        "terms": list(page.plan.terms),
        "language": likely_language(page.request.query),
        "notes": [in_words(note) for note in page.notes],
        "expected_recall": page.recall,
        "floor": round(page.floor, 6),
    }


def _words(result: Result) -> dict[str, Any] | None:
    """What words had to do with a result; null if meaning alone was compared."""
    if result.words is None:
        return None
    match = result.words
    return {
        "score": None if match.score is None else round(match.score, 6),
        "share": round(match.share, 4),
        "matched": list(match.matched),
        "title": match.title,
    }


def _cluster(cluster: RankedCluster) -> dict[str, Any]:
    return {"id": cluster.id, "label": cluster.label, "size": cluster.size, "distance": round(cluster.distance, 6)}


def _result(result: Result) -> dict[str, Any]:
    hit = result.hit
    return {
        "rank": result.rank,
        "id": hit.id,
        "headline": hit.title,
        "snippet": result.snippet,
        "similarity": round(result.similarity, 6),
        "score": round(result.score, 6),
        "words": _words(result),
        "distance": round(hit.score, 6),
        "cluster": hit.cluster,
        "weak": result.weak,
        "beyond": result.beyond,
        "tags": {name: list(values) for name, values in hit.tags.items()},
        "numbers": dict(hit.numbers),
    }
