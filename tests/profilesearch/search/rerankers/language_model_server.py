"""A real server on loopback that speaks the OpenAI protocol, well or badly."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answer = Callable[[str], "str | Reply"]


@dataclass
class Reply:
    """What is sent instead of an answer."""

    status: int = 200
    body: bytes | None = None
    wait: float = 0.0
    cut_off: bool = False


@dataclass
class Server:
    """Where it is, and the prompts that it was asked."""

    address: str
    prompts: list[str] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)


@contextmanager
def language_model(answer: Answer) -> Iterator[Server]:
    """A server that answers each prompt with a text, or misbehaves as a :class:`Reply` says."""
    ended = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:  # noqa: N802
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            prompt = body["messages"][0]["content"]
            server.prompts.append(prompt)
            server.keys.add(self.headers.get("Authorization", ""))
            given = answer(prompt)
            reply = Reply(body=_completion(given)) if isinstance(given, str) else given
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

        def log_message(self, *_: object) -> None:
            pass

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request, client_address) -> None:
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
