"""A closer look with every token's vector, and with the pooled ones that profiles keep: ``python -m bench.late [--first 20]``.

On the sample, everybody searched: P@10 of the first 50 before and after, and how long 50 take as a ratio to the embedding of one
query, both measured in turns.
"""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import click
import numpy as np

from indexer.commands.tools import encoder
from indexer.evaluate.tasks import Task
from profilesearch.embedding import Encoder, TokenEncoder, TokenVectors, token_encoder
from profilesearch.embedding.pooled_tokens import from_bytes, pool, to_bytes
from profilesearch.search.pipeline import RANKING, SearchPipeline
from profilesearch.search.request import By, SearchRequest
from profilesearch.search.rerankers import Document, Scores
from profilesearch.search.rerankers.late_interaction import LateInteraction
from profilesearch.store import Candidate

from .built import built
from .fusion.collections import people
from .judged_tasks import job_descriptions
from .report import markdown, save

_DEPTH, _ROUNDS = 50, 3
_KEPT = (64, 32, 16)
_RANKINGS: tuple[By, ...] = ("meaning", "hybrid")


@click.command()
@click.option("--first", default=20, show_default=True, help="Queries that are asked, at the most.")
def main(first: int) -> None:
    """Measure and print."""
    task = job_descriptions()
    loaded = encoder(None, None)
    with built(person.values for person in people()) as store:
        measured = _measure(SearchPipeline(loaded, store), loaded, task, first)
    click.echo(f"{loaded.name} {loaded.fingerprint}")
    ways = list(dict.fromkeys(name.partition(", ")[2] for name in measured["P@10"]))
    rows = [[by, *(f"{measured['P@10'][f'{by}, {way}']:.3f}" for way in ways)] for by in _RANKINGS]
    click.echo(markdown(["the 50 are ranked by", *ways], rows))
    click.echo(f"50 candidates with 32 kept vectors: {measured['ratio']:.1f} times a query's embedding")
    save("late", measured)


def _measure(pipeline: SearchPipeline, encoder: Encoder, task: Task, first: int) -> dict[str, Any]:
    precisions: dict[str, list[float]] = {}
    embedded: list[float] = []
    closer: list[float] = []
    for query in list(task.queries)[:first]:
        for by in _RANKINGS:
            text = task.queries[query]
            ways = _ways(encoder, _documents(pipeline, text, by))
            late = LateInteraction(_tokens(encoder))
            for name, documents in ways.items():
                scores = late.scores(text, documents) if name != "before" else np.zeros(len(documents))
                precisions.setdefault(f"{by}, {name}", []).append(_precision(task, query, documents, scores))
            for _ in range(_ROUNDS):
                embedded.append(_seconds(encoder.encode_queries, [text]))
                closer.append(_seconds(late.scores, text, ways["32 kept"]))
    means = {name: statistics.fmean(each) for name, each in precisions.items()}
    ratio = statistics.median(closer) / statistics.median(embedded)
    return {"queries": len(embedded) // _ROUNDS // len(_RANKINGS), "P@10": means, "ratio": ratio}


def _tokens(encoder: Encoder) -> TokenEncoder:
    tokens = token_encoder(encoder)
    assert tokens is not None, "the bundled model has vectors for tokens"
    return tokens


def _ways(encoder: Encoder, documents: list[Document]) -> dict[str, list[Document]]:
    """The same documents without kept vectors and with more and fewer of them."""
    tokens = _tokens(encoder).encode_tokens([document.whole for document in documents])
    pairs = list(zip(documents, tokens, strict=True))
    ways = {"before": documents}
    ways["every token's vector"] = [_with(each, its, len(its.vectors), encoder) for each, its in pairs]
    for most in _KEPT:
        ways[f"{most} kept"] = [_with(each, its, most, encoder) for each, its in pairs]
    return ways


def _with(document: Document, tokens: TokenVectors, most: int, encoder: Encoder) -> Document:
    """A document that keeps at most so many of its token vectors."""
    return replace(document, tokens=from_bytes(to_bytes(pool(tokens, most)), encoder.dimension))


def _documents(pipeline: SearchPipeline, text: str, by: By) -> list[Document]:
    """The first of a search for everybody."""
    state = pipeline.run(RANKING, SearchRequest(text, mode="off", by=by), depth=_DEPTH)
    first = [Candidate(candidate.id, 0.0) for candidate in state.ranking.candidates[:_DEPTH]]
    hits = pipeline.tools.store.profiles.read(state.plan.snapshot.version, first)
    return [Document(hit.id, hit.title, hit.text) for hit in hits]


def _precision(task: Task, query: str, documents: Sequence[Document], scores: Scores) -> float:
    """P@10 of the documents by scores."""
    order = np.argsort(-scores, kind="stable")[:10]
    return statistics.fmean(task.judged[query].get(documents[place].id, 0) > 0 for place in order)


def _seconds(run: Callable[..., object], *arguments: object) -> float:
    started = time.perf_counter()
    run(*arguments)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
