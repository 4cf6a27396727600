"""Names of models that are not on this disk: told at once, with what would work."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from profilesearch.embedding.hub import local_folder, require_at_hub
from profilesearch.errors import EncoderError

_CODE = """
import sys
from profilesearch.embedding.hub import require_at_hub
from profilesearch.errors import EncoderError
try:
    require_at_hub(sys.argv[1])
except EncoderError as error:
    print(error)
"""


class _Hub(BaseHTTPRequestHandler):
    """It has no model at all."""

    asked: list[str] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(404)
        self.send_header("X-Error-Code", "RepoNotFound")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def hub() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Hub)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def _told(model: str, home: Path, **environ: str) -> str:
    """What a process says of a model, with nothing downloaded; the address of the hub is read when libraries are imported."""
    environ = {**os.environ, "HF_HOME": str(home), **environ}
    environ.pop("HF_HUB_OFFLINE", None)
    return subprocess.run([sys.executable, "-c", _CODE, model], env=environ, capture_output=True, text=True, check=True).stdout  # fmt: skip


def test_a_hub_is_asked_once(hub: str, tmp_path: Path) -> None:
    told = _told("all-MiniLM-L6-v3", tmp_path, HF_ENDPOINT=hub)
    assert "the hub has none of this name; did you mean all-MiniLM-L6-v2? expected one of" in told
    models = [path for path in _Hub.asked if path.startswith("/api/models/")]
    assert models == ["/api/models/sentence-transformers/all-MiniLM-L6-v3"]


def test_a_hub_that_cannot_be_reached(tmp_path: Path) -> None:
    told = _told("some-org/some-model", tmp_path, HF_ENDPOINT="http://127.0.0.1:9")
    assert "the hub cannot be asked" in told and "openai:NAME" in told


def test_no_hub_is_asked_offline_or_for_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(EncoderError, match="HF_HUB_OFFLINE forbids to ask a hub; did you mean all-MiniLM-L6-v2"):
        require_at_hub("all-minilm-l6-v2")
    monkeypatch.delenv("HF_HUB_OFFLINE")
    with pytest.raises(EncoderError, match="there is no folder of this name"):
        require_at_hub("./models/of mine")
    assert local_folder(str(tmp_path)) == tmp_path and local_folder("./models/of mine") is None
