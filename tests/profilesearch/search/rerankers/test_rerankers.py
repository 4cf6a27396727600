"""Late interaction with the bundled model, and cross-encoders from a folder."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from profilesearch.embedding import BatchingEncoder, Encoder, token_encoder
from profilesearch.embedding.encoder import TokenEncoder, TokenVectors
from profilesearch.embedding.pooled_tokens import from_bytes, pooled_tokens
from profilesearch.errors import RerankFailed
from profilesearch.search.rerankers.cross_encoder import CrossEncoder
from profilesearch.search.rerankers.late_interaction import LateInteraction
from profilesearch.search.rerankers.reranker import Document
from tests.encoders import StandIn

TEXTS = [
    Document(
        "pom", "Product operations manager", "Product operations manager\nTools, processes and reporting for product."
    ),
    Document("kafka", "Data engineer", "Data engineer\nI run Kafka pipelines."),
    Document("nurse", "Registered nurse", "Registered nurse\nNight shifts on a ward for patients."),
]


@pytest.fixture(scope="module")
def tokens(encoder: Encoder) -> TokenEncoder:
    tokens = token_encoder(encoder)
    assert tokens is not None
    return tokens


@pytest.fixture(scope="module")
def late(tokens: TokenEncoder) -> LateInteraction:
    return LateInteraction(tokens)


@pytest.mark.parametrize(
    ("query", "best"), [("Kafka", "kafka"), ("hospital nurse", "nurse"), ("product manager", "pom")]
)
def test_the_text_with_the_nearest_words_comes_first(late: LateInteraction, query: str, best: str) -> None:
    scores = late.scores(query, TEXTS)
    assert TEXTS[int(scores.argmax())].id == best
    assert ((scores >= -1) & (scores <= 1)).all()


def test_scores_are_the_weighted_mean_of_the_best_cosines(late: LateInteraction, tokens: TokenEncoder) -> None:
    query, *texts = tokens.encode_tokens(["night shifts with kafka", *(each.whole for each in TEXTS)])
    best = np.array([[max(float(word @ other) for other in text.vectors) for word in query.vectors] for text in texts])
    having = [sum(int(token) in text.ids for text in texts) for token in query.ids]
    weights = np.array([np.log1p((len(texts) - n + 0.5) / (n + 0.5)) + 0.05 for n in having])
    assert late.scores("night shifts with kafka", TEXTS) == pytest.approx(best @ weights / weights.sum(), abs=0.01)


def test_a_text_that_was_looked_at_is_not_encoded_again(tokens: TokenEncoder) -> None:
    class Counting:
        fingerprint = "counting"
        texts = 0

        def encode_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
            self.texts += len(texts)
            return tokens.encode_tokens(texts)

    counting = Counting()
    late = LateInteraction(counting)
    first = late.scores("kafka", [*TEXTS, TEXTS[0]])
    again = late.scores("kafka", TEXTS[::-1])
    assert counting.texts == 1 + 3 + 1
    assert first[:3] == pytest.approx(again[::-1])
    assert first[3] == first[0]


def test_kept_token_vectors_are_not_computed_again_and_order_as_all_of_them(tokens: TokenEncoder) -> None:
    class OnlyQueries:
        fingerprint = "queries"

        def encode_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
            assert list(texts) in (["kafka at night"], []), "documents are not computed"
            return tokens.encode_tokens(texts)

    kept = pooled_tokens(tokens, [each.whole for each in TEXTS], 6)
    texts = [replace(each, tokens=from_bytes(data, 384)) for each, data in zip(TEXTS, kept, strict=True)]
    scores = LateInteraction(OnlyQueries()).scores("kafka at night", texts)
    full = LateInteraction(tokens).scores("kafka at night", TEXTS)
    assert scores.argsort().tolist() == full.argsort().tolist() and scores == pytest.approx(full, abs=0.15)
    mixed = LateInteraction(tokens).scores("kafka at night", [texts[0], TEXTS[1], texts[2]])
    assert mixed[1] == pytest.approx(full[1]) and mixed[0] == pytest.approx(scores[0])


def test_memory_for_remembered_texts_is_bounded(tokens: TokenEncoder) -> None:
    late = LateInteraction(tokens, cache_bytes=10_000)
    scores = late.scores("kafka", TEXTS)
    assert late._remembered.currsize <= 10_000
    assert scores.tolist() == LateInteraction(tokens).scores("kafka", TEXTS).tolist()


@pytest.mark.parametrize("query", ["", " ", "\u200b", "看護師", "a" * 5000])
def test_any_query_has_a_finite_score_for_everybody(late: LateInteraction, query: str) -> None:
    scores = late.scores(query, [*TEXTS, Document("empty", "", "")])
    assert scores.shape == (4,) and np.isfinite(scores).all()
    assert late.scores(query, []).shape == (0,)


def test_only_a_model_with_token_vectors_has_them(encoder: Encoder) -> None:
    class Plain(StandIn):
        name, fingerprint, dimension, token_limit = "plain", "p", 2, 1

    assert token_encoder(BatchingEncoder(encoder)) is token_encoder(encoder)
    assert token_encoder(Plain()) is None


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny cross-encoder with random weights."""
    from sentence_transformers import CrossEncoder as Model
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    path = tmp_path_factory.mktemp("model")
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "kafka", "nurse", "data", "engineer", "i", "run", "on", "a"]
    (path / "vocab.txt").write_text("\n".join(words))
    config = BertConfig(
        vocab_size=len(words), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        num_labels=1,
    )  # fmt: skip
    BertForSequenceClassification(config).save_pretrained(path)
    BertTokenizerFast(str(path / "vocab.txt")).save_pretrained(path)
    Model(str(path), device="cpu").save_pretrained(str(path))
    return path


def test_a_cross_encoder_from_a_folder_rates_each(folder: Path) -> None:
    reranker = CrossEncoder(str(folder), "cpu")
    scores = reranker.scores("kafka", TEXTS)
    assert scores.shape == (3,) and np.isfinite(scores).all()
    assert len(set(scores.tolist())) == 3
    assert scores == pytest.approx(reranker.scores("kafka", TEXTS[::-1])[::-1], abs=1e-5)


def test_a_cross_encoder_that_is_not_there_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(RerankFailed, match="cannot be loaded") as failure:
        CrossEncoder("/no/such/model", "cpu").scores("kafka", TEXTS)
    assert failure.value.code == "away"
