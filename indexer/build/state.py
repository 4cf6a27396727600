"""What a build knows, more with every stage."""

from dataclasses import dataclass, field
from typing import TypeVar

from profilesearch.arrays import Integers
from profilesearch.clusters.calibration import Calibration
from profilesearch.clusters.model import ClusterModel
from profilesearch.clusters.trial import Trial
from profilesearch.embedding import CachedEncoder, EmbeddingCache, Encoder, ReducingEncoder, WholeTextEncoder
from profilesearch.projection import Projection
from profilesearch.store import VersionRecord
from profilesearch.vector_index import VectorIndex
from profilesearch.words.fitted_words import FittedWords
from profilesearch.words.fusion_calibration import FusionCalibration

from ..evaluate.tasks import Task
from ..input import Input
from ..passage_spool import PassageSpool
from ..source import Loaded
from ..spool import Spool
from .learned import Lesson
from .options import BuildOptions

T = TypeVar("T")


@dataclass(frozen=True)
class Inputs:
    """What decides whether two builds make the same.

    Attributes:
        vectors: how they are indexed.
        digest: of everything that the profiles are made of.
        clustered: of what the clusters are fitted on.
    """

    vectors: VectorIndex
    digest: str
    clustered: str


@dataclass(frozen=True)
class Assignment:
    """Every row's place among the clusters.

    Attributes:
        clusters: ``(n,)`` each row's cluster.
        passages: ``(p,)`` each passage's cluster.
        far: distance to the nearest centroid that 99 % of the rows stay below.
        neighbours: ``(g, 10)`` exact nearest rows of those that the gates ask for; None if they ask for none.
    """

    clusters: Integers
    passages: Integers
    far: float
    neighbours: Integers | None


@dataclass(frozen=True)
class BuildState:
    """A build between two stages: what it was given, and what its stages have made so far.

    Attributes:
        options: what it is told to do.
        source: the open source.
        spool: the source's rows and vectors, once they are read and embedded.
        passages: those of long texts, if each is to have a vector.
        encoder, cache: the model, and the vectors that are known already.
        missed: changes that an earlier, interrupted build was to catch up with.
        canaries: queries to compare with the live version.
        loaded: what the source had.
        text_share: the share of the texts' tokens that the model reads.
        inputs: what decides whether an earlier build made the same.
        projection: from the encoder's vectors to those of the spool; None where they are the same.
        model, calibration: the clusters, and what they cost.
        held_back: ``(h,)`` rows that the clusters were not fitted on; None if they are those of an earlier build.
        assignment: every row's place among them.
        trial: what the clusters were measured with; None if they are those of an earlier build.
        words, fusion: what is known of its words, and what that was taken from.
        judged: queries of which it is known who fits.
        lessons: what came of fitting on these.
        record: what is known of the version.
    """

    options: BuildOptions
    source: Input
    spool: Spool
    passages: PassageSpool
    encoder: CachedEncoder | WholeTextEncoder
    cache: EmbeddingCache
    missed: dict[str, float] = field(default_factory=dict)
    canaries: tuple[str, ...] = ()
    loaded: Loaded | None = None
    text_share: float = 1.0
    inputs: Inputs | None = None
    projection: Projection | None = None
    model: ClusterModel | None = None
    calibration: Calibration | None = None
    held_back: Integers | None = None
    assignment: Assignment | None = None
    trial: Trial | None = None
    words: FittedWords | None = None
    fusion: FusionCalibration | None = None
    judged: Task | None = None
    lessons: tuple[Lesson, ...] = ()
    record: VersionRecord | None = None

    @property
    def asking(self) -> Encoder:
        """What embeds texts as the spool's vectors are: the encoder, or one that reduces what that gives."""
        return self.encoder if self.projection is None else ReducingEncoder(self.encoder, self.projection)


def made(result: T | None) -> T:
    """What an earlier stage has made."""
    assert result is not None, "a stage is asked for what a later one makes"
    return result
