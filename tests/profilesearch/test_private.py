"""Files with people's data are their owner's alone, whatever the umask."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from indexer.sample import write_sample
from indexer.spool import Spool
from profilesearch import private
from profilesearch.embedding import EmbeddingCache
from profilesearch.embedding.cache import Known

KNOWN = Known("print", 2, 10)


@pytest.fixture(params=[0o000, 0o022, 0o077])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def modes(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mode & 0o777 for path in folder.rglob("*")}


def fill(folder: Path) -> None:
    cache = EmbeddingCache(folder)
    cache.put(KNOWN, "document", ["text"], [1], np.ones((1, 2), np.float32))
    try:
        found = modes(folder)
        assert set(found.values()) == {0o600} and "embeddings.sqlite3-wal" in found, found
    finally:
        cache.close()


def test_the_embedding_cache(umask: int, tmp_path: Path) -> None:
    fill(tmp_path / "data" / "cache")
    assert modes(tmp_path)["data"] == modes(tmp_path)["cache"] == 0o700


def test_a_cache_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    fill(tmp_path)
    for name in ("embeddings.sqlite3", "embeddings.lock"):
        (tmp_path / name).chmod(0o644)
    fill(tmp_path)


def test_the_spool(umask: int, tmp_path: Path) -> None:
    with Spool(tmp_path / "cache") as spool:
        rights = [link.stat().st_mode & 0o777 for link in Path("/proc/self/fd").iterdir() if _is_in(link, spool)]
    assert rights == [0o600, 0o600]
    assert modes(tmp_path) == {"cache": 0o700}


def _is_in(link: Path, spool: Spool) -> bool:
    try:
        return str(link.readlink()).startswith(str(spool.directory))
    except OSError:
        return False


def test_the_sample(umask: int, tmp_path: Path) -> None:
    (tmp_path / "p.jsonl.tmp").symlink_to(tmp_path / "elsewhere")
    write_sample(3, 1, tmp_path / "p.jsonl", tmp_path / "q.jsonl", tmp_path / "r.tsv")
    assert modes(tmp_path) == dict.fromkeys(["p.jsonl", "q.jsonl", "r.tsv"], 0o600)


def test_a_folder_that_is_there_is_fine_however_the_system_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """macOS says of / that it is a directory, not that it exists."""
    make = Path.mkdir

    def mkdir(path: Path, *args: Any, **options: Any) -> None:
        if path == Path("/"):
            raise IsADirectoryError(21, "Is a directory", "/")
        make(path, *args, **options)

    monkeypatch.setattr(Path, "mkdir", mkdir)
    private.make_directory(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        private.make_directory(tmp_path / "file" / "below")


def test_a_folder_that_everybody_can_write_to_is_warned_of(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    tmp_path.chmod(0o777)
    private.make_directory(tmp_path)
    assert "can be written by everybody" in caplog.text and tmp_path.stat().st_mode & 0o777 == 0o777
