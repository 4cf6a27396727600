"""Instead of embedding: rows that brought their vectors, and whether the model for queries agrees with these."""

import numpy as np

from profilesearch.embedding import embeds_texts
from profilesearch.errors import EncoderError

from ..job import Job
from .state import BuildState, made

ASKED = 32
"""Profiles whose texts are embedded to compare, evenly taken from all."""

AGREES = 0.9
"""Mean cosine from which on the vectors are taken for the model's own."""

LEAST = 0.3
"""Mean cosine below which they have nothing to do with it: vectors of two models are about at right angles."""


def brought(state: BuildState, job: Job) -> BuildState:
    """Take the vectors of the rows, which are in the spool already.

    Raises:
        EncoderError: those that the model for queries makes of the same texts are others.
    """
    spool, fields, report = state.spool, made(state.loaded).fields, job.report
    report.facts |= {"embedded": 0, "from_cache": 0, "given": len(spool)}
    report.say("build.given", profiles=len(spool), dimension=spool.dimension, column=fields.vector)
    if not embeds_texts(state.encoder.name):
        return state
    with job.stage("compare vectors"):
        cosine = _cosine(state)
    report.facts["query_model_cosine"] = round(cosine, 4)
    if cosine < LEAST:
        raise EncoderError(
            f"{state.encoder.name}: the query model makes other vectors of the same texts: expected a mean cosine of at "
            f"least {LEAST} between the two, got {cosine:.2f}; name the model that the column comes from",
            code="other_query_model",
        )
    (report.say if cosine >= AGREES else report.warn)(
        "build.query_model_agrees" if cosine >= AGREES else "build.query_model_differs", cosine=cosine, least=AGREES
    )
    return state


def _cosine(state: BuildState) -> float:
    """The mean cosine of some rows' vectors to what the model makes of their texts."""
    positions = np.unique(np.linspace(0, len(state.spool) - 1, ASKED).astype(np.int64))
    texts = [row.text for row in state.spool.rows_at(positions)]
    embedded = state.encoder.encode_documents(texts)
    return float((embedded * state.spool.vectors_at(positions)).sum(axis=1).mean())
