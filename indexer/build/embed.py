"""Stage ``embed``: a vector for each row, from the cache or computed, and one for each passage if long texts have any."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace

from profilesearch.embedding import Lengths, PassageEncoder, ahead
from profilesearch.row import Row
from profilesearch.vectors import Vectors

from ..job import Job
from ..report import Stage
from .brought import brought
from .state import BuildState, made

_LONG = {"cut": "build.cut", "mean": "build.mean", "passages": "build.passages"}


def embed(state: BuildState, job: Job) -> BuildState:
    """Embed the texts of all rows, and say what becomes of those that are longer than the model reads.

    Raises:
        EncoderError: the rows bring vectors that have nothing to do with those of the model for queries.
    """
    if made(state.loaded).fields.vector:
        return brought(state, job)
    encoder, spool = state.encoder, state.spool
    tokens: list[int] = []
    with job.stage("embed", len(spool)) as stage:
        with closing(ahead(spool.rows(), most=1)) as chunks:
            for rows in chunks:
                vectors, counts = _embed(state, rows, len(tokens), stage)
                spool.add_vectors(vectors)
                tokens += counts
    if state.cache.damaged:
        job.report.warn("build.damaged_cache", damaged=state.cache.damaged)
    job.report.facts |= {"embedded": encoder.computed, "from_cache": encoder.reused}
    if state.options.long_texts == "passages":
        job.report.facts |= {"passages": len(state.passages)}
    return replace(state, text_share=_tell(state, job, tokens))


def _embed(state: BuildState, rows: Sequence[Row], first: int, stage: Stage) -> tuple[Vectors, list[int]]:
    """``(n, dim)`` vectors of rows, of which the first stands at a position of the spool, and their tokens."""
    encoder, texts = state.encoder, [row.text for row in rows]
    if not isinstance(encoder, PassageEncoder):
        return encoder.encode_and_count(texts, stage.advance)
    vectors, counts, windows = encoder.encode_passages(texts, stage.advance)
    for position, some in windows.items():
        state.passages.add(first + position, some)
    return vectors, counts


def _tell(state: BuildState, job: Job, tokens: Sequence[int]) -> float:
    """Say how many texts are long and what of them counts; the share of all tokens that the model reads."""
    encoder = state.encoder
    lengths = Lengths.of(tokens, encoder.token_limit)
    if not any(tokens):
        job.report.warn("build.unknown_lengths", model=encoder.name)
        return 1.0
    beginnings = sum(min(count, encoder.token_limit) for count in tokens) / sum(tokens)
    if lengths.cut:
        job.report.warn(
            _LONG[state.options.long_texts],
            cut=lengths.cut,
            texts=lengths.texts,
            long=lengths.cut / lengths.texts,
            limit=lengths.limit,
            longest=lengths.longest,
            model=encoder.name,
            share=beginnings,
            passages=len(state.passages),
        )
    return beginnings if state.options.long_texts == "cut" else 1.0
