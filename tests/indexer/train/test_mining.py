"""Which texts become hard negatives."""

from collections.abc import Sequence

import numpy as np
import pytest

from indexer.compare.corpus import Corpus
from indexer.train.examples import Example
from indexer.train.mining import Mining, corpus_of, mine
from indexer.train.second_opinions import CrossEncoderOpinion, second_opinion
from profilesearch.embedding.encoder import Progress
from profilesearch.errors import TrainingError
from profilesearch.openai_address import OpenAIAddress
from profilesearch.search.rerankers import Document, Scores
from profilesearch.vectors import Vectors
from tests.encoders import StandIn
from tests.openai_server import openai_server


class ByNumber(StandIn):
    """A text's vector is the direction of its number, in degrees."""

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        angles = np.deg2rad([float(text) for text in texts])
        return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)

    def encode_documents(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        return self.encode_queries(texts)


CORPUS = Corpus("angles", [f"id{number}" for number in range(90)], [str(number) for number in range(90)])


def negatives(mining: Mining, example: Example) -> list[int]:
    return sorted(int(text) for text in next(iter(mine([example], CORPUS, ByNumber(), mining))).negatives)


def test_negatives_are_of_the_ranks_that_were_asked_for() -> None:
    found = negatives(Mining(3, 6, 100, margin=2), Example("0", ("20",)))
    assert found == [2, 3, 4, 5]


def test_what_is_nearly_as_similar_as_a_positive_is_left_out() -> None:
    found = negatives(Mining(1, 90, 100, margin=1.0), Example("0", ("20",)))
    assert found == list(range(21, 90))


def test_the_positive_and_the_group_are_never_negatives() -> None:
    found = negatives(Mining(1, 5, 100, margin=2), Example("0", ("2",), (), "id3"))
    assert found == [1, 4]


def test_what_fits_in_another_example_of_the_query_or_the_group_is_never_a_negative() -> None:
    examples = [
        Example("0", ("2",), (), "one"),
        Example("0", ("3",), (), "other"),
        Example("50", ("4",), (), "one"),
        Example("0", ("80",), (), "id5"),
    ]
    for corpus in (CORPUS, corpus_of([*examples, Example("9", ("1", "6"))])):
        negatives = next(iter(mine(examples, corpus, ByNumber(), Mining(1, 7, 100, margin=2)))).negatives
        assert set(negatives) <= {"1", "6"} and "1" in negatives


def test_the_same_seed_draws_the_same() -> None:
    drawn = [negatives(Mining(2, 80, 5, margin=2, seed=seed), Example("0", ("1",))) for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]
    assert len(drawn[0]) == 5


class Even:
    """Whoever holds even numbers to fit."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def misfits(self, query: str, texts: Sequence[str]) -> list[bool]:
        self.asked.append(len(texts))
        return [int(text) % 2 == 1 for text in texts]


def test_what_fits_by_a_second_opinion_is_left_out() -> None:
    opinion = Even()
    mined = next(iter(mine([Example("0", ("1",))], CORPUS, ByNumber(), Mining(2, 80, 5, margin=2), opinion)))
    assert len(mined.negatives) == 5 and all(int(text) % 2 for text in mined.negatives)
    assert opinion.asked == [20]


def test_a_language_model_leaves_out_what_it_does_not_deny() -> None:
    said = {"7": "No.", "8": "Yes", "9": "no, yes"}
    with openai_server(lambda prompt: said[prompt.partition("===== TEXT\n")[2][0]]) as server:
        opinion = second_opinion("openai:small", 0.5, "auto", server.openai)
        assert opinion.misfits("0", ["7", "8", "9"]) == [True, False, False]


class Rating:
    """Rates a text by the number that it is."""

    name, depth = "rating", 9

    def scores(self, query: str, documents: Sequence[Document]) -> Scores:
        return np.array([float(document.whole) for document in documents])


def test_a_cross_encoder_leaves_out_what_it_rates_as_high_as_the_threshold() -> None:
    opinion = CrossEncoderOpinion(Rating(), 0.4)
    assert opinion.misfits("0", ["0.1", "0.4", "0.9"]) == [True, False, False]


def test_another_filter_is_refused() -> None:
    for name in ("pairwise:small", "openai:", "cross-encoder"):
        with pytest.raises(TrainingError, match="expected cross-encoder:MODEL or openai:MODEL"):
            second_opinion(name, 0.5, "auto", OpenAIAddress())
