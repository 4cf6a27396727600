"""A build from its first stage to its last."""

from dataclasses import dataclass

from profilesearch.embedding import CachedEncoder, EmbeddingCache, PassageEncoder, WholeTextEncoder, column_of
from profilesearch.errors import EncoderError
from profilesearch.store import BuildLock, Store, VersionRecord
from profilesearch.words.language import check_language

from ..input import open_input
from ..job import running
from ..passage_spool import PassageSpool
from ..report import Report
from ..spool import Spool
from .options import BuildOptions
from .reduce import check_size
from .stages import STAGES
from .state import BuildState, made


@dataclass(frozen=True)
class Tools:
    """What a build works with."""

    store: Store
    lock: BuildLock
    cache: EmbeddingCache
    encoder: CachedEncoder
    report: Report


def build(options: BuildOptions, tools: Tools) -> VersionRecord:
    """Build a version and make it live.

    Raises:
        ProfileSearchError: why it could not be done; what was live before still is.
    """
    if options.columns is not None:
        options.columns.check()
    if options.language is not None:
        check_language(options.language)
    directory = tools.cache.directory
    with (
        open_input(options.source, directory) as source,
        running("build", tools.store, tools.report, tools.lock, resumes="build.resumes") as job,
        Spool(directory) as spool,
        PassageSpool(directory) as passages,
    ):
        job.store.versions.repair()
        job.if_it_fails(lambda error: job.store.changes.pending.end())
        missed = job.store.changes.pending.start(tools.lock)
        encoder = _encoder(options, tools.encoder)
        state = BuildState(options, source, spool, passages, encoder, tools.cache, missed)
        check_size(state, job.store)
        for stage in STAGES:
            state = stage.run(state, job)
        return made(state.record)


def _encoder(options: BuildOptions, encoder: CachedEncoder) -> CachedEncoder | WholeTextEncoder:
    """What embeds long texts as the options say; rows that bring their vectors have no long ones.

    Raises:
        EncoderError: passages are asked for where rows bring their vectors.
    """
    if column_of(encoder.name):
        if options.long_texts == "passages":
            raise EncoderError(
                f"{encoder.name} has one vector for each profile: expected a model that embeds parts of long texts"
            )
        return encoder
    if options.long_texts == "passages":
        return PassageEncoder(encoder)
    return WholeTextEncoder(encoder) if options.long_texts == "mean" else encoder
