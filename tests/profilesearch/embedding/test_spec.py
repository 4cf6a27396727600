"""Models with options, and the baseline that is fitted on one's own texts."""

from pathlib import Path

import numpy as np
import pytest

from profilesearch.embedding import Encoder, load_encoder, model_stamp
from profilesearch.embedding.spec import ModelSpec
from profilesearch.embedding.tfidf_svd import fit_tfidf_svd
from profilesearch.embedding.weights import installed_weights
from profilesearch.errors import EncoderError
from profilesearch.settings import DEFAULT_MODEL

TEXTS = [
    f"{job} in {city}" for job in ("nurse", "baker", "data engineer", "客户经理") for city in ("Bonn", "Rome", "Lima")
]


def test_options_are_read_as_in_an_address() -> None:
    spec = ModelSpec.parse("folder/model?pooling=last&query=query:+&document=")
    assert spec == ModelSpec("folder/model", "last", {"query": "query: ", "document": ""})
    assert ModelSpec.parse("plain").plain and not spec.plain


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("m?pooling=first", "expected pooling=mean.cls.max.last, got 'first'"),
        ("m?dimensions=3", "expected the options pooling, query, document, got 'dimensions'"),
        ("m?", "expected the options"),
        ("m?x", "expected the options"),
        ("wordllama?pooling=last", "has no options|needs its package"),
    ],
)
def test_options_that_cannot_be(name: str, message: str) -> None:
    with pytest.raises(EncoderError, match=message):
        load_encoder(name)


def test_pooling_and_prompts_make_other_vectors_and_other_fingerprints(encoder: Encoder) -> None:
    last = load_encoder(f"{DEFAULT_MODEL}?pooling=last", "cpu", "float32")
    prompted = load_encoder(f"{DEFAULT_MODEL}?query=search+for:+", "cpu", "float32")
    plain = load_encoder(f"{DEFAULT_MODEL}?pooling=mean", "cpu", "float32")
    text = ["a nurse on a night ward"]
    assert len({each.fingerprint for each in (last, prompted, plain)}) == 3
    assert float(encoder.encode_queries(text)[0] @ plain.encode_queries(text)[0]) > 0.99
    assert float(plain.encode_queries(text)[0] @ last.encode_queries(text)[0]) < 0.95
    assert np.allclose(prompted.encode_queries(text), plain.encode_queries(["search for: " + text[0]]), atol=1e-5)
    assert np.allclose(prompted.encode_documents(text), plain.encode_documents(text), atol=1e-5)


def test_a_stamp_tells_options_apart() -> None:
    names = [DEFAULT_MODEL, f"{DEFAULT_MODEL}?pooling=last", f"{DEFAULT_MODEL}?query=q"]
    stamps = {model_stamp(name, "cpu", "float32") for name in names}
    assert len(stamps) == 3 and None not in stamps


@pytest.mark.parametrize("name", ["", ".", "..", "../other", DEFAULT_MODEL, "no-such-model", "a\\b"])
def test_only_names_are_looked_for_among_this_installations_weights(name: str) -> None:
    assert installed_weights(name) is None


def test_the_baseline_finds_shared_words(tmp_path: Path) -> None:
    fit_tfidf_svd(TEXTS, tmp_path / "fit.npz", 8)
    model = load_encoder(f"tfidf-svd:{tmp_path / 'fit.npz'}")
    documents = model.encode_documents(TEXTS)
    assert documents.shape == (12, model.dimension) and model.dimension <= 8
    assert np.allclose(np.linalg.norm(documents, axis=1), 1)
    for query, fitting in (("baker", "baker"), ("经理", "客户经理"), ("lima", "Lima")):
        best = np.argsort(-(model.encode_queries([query])[0] @ documents.T))[:3]
        assert all(fitting in TEXTS[place] for place in best)


def test_a_text_without_a_known_word_is_near_to_none(tmp_path: Path) -> None:
    fit_tfidf_svd(TEXTS, tmp_path / "fit.npz", 8)
    model = load_encoder(f"tfidf-svd:{tmp_path / 'fit.npz'}")
    unknown, known = model.encode_documents(["zzz", "nurse"])
    assert float(unknown @ known) == 0.0 and float(unknown @ unknown) == 1.0


def test_another_fit_is_another_model(tmp_path: Path) -> None:
    for name, texts in (("one", TEXTS), ("same", TEXTS), ("other", TEXTS[:9])):
        fit_tfidf_svd(texts, tmp_path / f"{name}.npz", 6)
    one, same, other = (load_encoder(f"tfidf-svd:{tmp_path}/{name}.npz") for name in ("one", "same", "other"))
    assert one.fingerprint != other.fingerprint
    assert np.allclose(one.encode_queries(TEXTS), same.encode_queries(TEXTS))


def test_files_that_are_no_fit(tmp_path: Path) -> None:
    (tmp_path / "text.npz").write_text("text")
    np.savez(tmp_path / "other.npz", words=np.zeros(3, np.uint8))
    np.savez(
        tmp_path / "pickle.npz", words=np.array([{}], dtype=object), weights=np.ones(1), directions=np.ones((1, 1))
    )
    for name in ("text", "other", "pickle"):
        with pytest.raises(EncoderError, match="expected a file that models fit wrote"):
            load_encoder(f"tfidf-svd:{tmp_path / name}.npz")
    with pytest.raises(EncoderError, match="cannot be read"):
        load_encoder(f"tfidf-svd:{tmp_path / 'missing.npz'}")
    with pytest.raises(EncoderError, match="share"):
        fit_tfidf_svd(["one", "two"], tmp_path / "none.npz")
