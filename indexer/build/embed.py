"""Stage ``embed``: a vector for each row, from the cache or computed."""

from contextlib import closing
from dataclasses import replace

from profilesearch.embedding import Lengths, ahead

from ..job import Job
from .state import BuildState

_LONG = {"cut": "build.cut", "mean": "build.mean"}


def embed(state: BuildState, job: Job) -> BuildState:
    """Embed the texts of all rows, and warn of those that the model does not read to their ends."""
    encoder, spool = state.encoder, state.spool
    tokens: list[int] = []
    with job.stage("embed", len(spool)) as stage:
        with closing(ahead(spool.rows(), most=1)) as chunks:
            for rows in chunks:
                vectors, counts = encoder.encode_and_count([row.text for row in rows], stage.advance)
                spool.add_vectors(vectors)
                tokens += counts
    lengths = Lengths.of(tokens, encoder.token_limit)
    if lengths.cut:
        job.report.warn(
            _LONG[state.options.long_texts],
            cut=lengths.cut,
            texts=lengths.texts,
            limit=lengths.limit,
            longest=lengths.longest,
            model=encoder.name,
        )
    if state.cache.damaged:
        job.report.warn("build.damaged_cache", damaged=state.cache.damaged)
    read = tokens if state.options.long_texts == "mean" else [min(count, encoder.token_limit) for count in tokens]
    share = sum(read) / sum(tokens) if any(tokens) else 1.0
    job.report.facts |= {"embedded": encoder.computed, "from_cache": encoder.reused}
    return replace(state, text_share=share)
