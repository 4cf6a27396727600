"""A real server on loopback that speaks the OpenAI protocol, well or badly."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from profilesearch.openai_address import OpenAIAddress

Answer = Callable[[str], "str | Reply"]
Embed = Callable[[list[str]], "list[list[float]] | Reply"]


@dataclass
class Reply:
    """What is sent instead of an answer."""

    status: int = 200
    body: bytes | None = None
    wait: float = 0.0
    cut_off: bool = False


@dataclass
class Server:
    """Where it is, the prompts and batches of texts that it was sent, with which keys and over which connections."""

    address: str
    prompts: list[str] = field(default_factory=list)
    batches: list[list[str]] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    clients: set[tuple[str, int]] = field(default_factory=set)

    @property
    def openai(self) -> OpenAIAddress:
        """The address, without a key."""
        return OpenAIAddress(self.address)


def _no(_: object) -> "Reply":
    return Reply(status=404)


@contextmanager
def openai_server(answer: Answer = _no, embed: Embed = _no) -> Iterator[Server]:
    """A server that answers a prompt with a text and a batch of texts with vectors, or misbehaves as a :class:`Reply` says."""
    ended = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:  # noqa: N802
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            server.keys.add(self.headers.get("Authorization", ""))
            server.clients.add(self.client_address)
            reply = self._embeddings(body["input"]) if "input" in body else self._chat(body["messages"][0]["content"])
            if reply.wait:
                ended.wait(reply.wait)
            if reply.cut_off:
                self.close_connection = True
                return
            data = reply.body if reply.body is not None else b'{"error": {"message": "no"}}'
            self.send_response(reply.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def _chat(self, prompt: str) -> Reply:
            server.prompts.append(prompt)
            given = answer(prompt)
            return Reply(body=_completion(given)) if isinstance(given, str) else given

        def _embeddings(self, texts: list[str]) -> Reply:
            server.batches.append(texts)
            given = embed(texts)
            return given if isinstance(given, Reply) else Reply(body=_embedding_list(given))

        def log_message(self, *_: object) -> None:
            pass

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """Clients that give up are what is tested."""

    with Quiet(("127.0.0.1", 0), Handler) as http:
        server = Server(f"http://127.0.0.1:{http.server_port}/v1")
        thread = threading.Thread(target=http.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            ended.set()
            http.shutdown()
            thread.join()


def _completion(text: str) -> bytes:
    return json.dumps({
        "id": "1", "object": "chat.completion", "created": int(time.time()), "model": "tiny",
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 1, "total_tokens": 101},
    }).encode()  # fmt: skip


def _embedding_list(vectors: list[list[float]]) -> bytes:
    data = [{"object": "embedding", "index": place, "embedding": each} for place, each in enumerate(vectors)]
    return json.dumps({
        "object": "list", "data": data[::-1], "model": "tiny", "usage": {"prompt_tokens": 1, "total_tokens": 1},
    }).encode()  # fmt: skip
