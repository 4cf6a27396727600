"""One raw connection, and replies as plain JSON: what recording and replaying share.

In JSON an argument or reply is a string where it is UTF-8 text, ``{"f32": […]}`` for a float32 vector argument,
``{"b64": …}`` for other bytes, ``{"error": …}``, ``{"map": [[key, value], …]}`` and ``{"double": x}`` for what only
RESP3 has, and null.
"""

import base64
import socket
import struct
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Any, cast

import hiredis

Word = str | bytes | int | float


def pack(words: Sequence[Word]) -> bytes:
    """A command as it goes over the wire; hiredis takes more words than its stub says."""
    packed: bytes = hiredis.pack_command(cast(Any, tuple(words)))
    return packed


class Wire:
    """Speaks RESP2 or RESP3 and returns undecoded replies."""

    def __init__(self, port: int, protocol: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.reader = hiredis.Reader()
        self.send("HELLO", str(protocol))

    def __enter__(self) -> "Wire":
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.socket.close()

    def send(self, *words: Word) -> Any:
        self.socket.sendall(pack(words))
        return self.read()

    def read(self) -> Any:
        while (reply := self.reader.gets()) is False:
            data = self.socket.recv(1 << 16)
            if not data:
                raise ConnectionError("the server closed the connection")
            self.reader.feed(data)
        return reply


def to_wire(word: Any) -> str | bytes:
    """A written argument as it goes over the wire."""
    if isinstance(word, dict):
        if "f32" in word:
            return struct.pack(f"<{len(word['f32'])}f", *word["f32"])
        return base64.b64decode(word["b64"])
    return str(word)


def to_json(reply: Any) -> Any:
    """A reply as plain JSON."""
    if isinstance(reply, hiredis.ReplyError):
        return {"error": str(reply)}
    if isinstance(reply, bytes):
        try:
            return reply.decode()
        except UnicodeDecodeError:
            return {"b64": base64.b64encode(reply).decode()}
    if isinstance(reply, dict):
        return {"map": [[to_json(key), to_json(value)] for key, value in reply.items()]}
    if isinstance(reply, float):
        return {"double": reply if reply == reply and abs(reply) != float("inf") else str(reply)}
    if isinstance(reply, list | tuple | set | frozenset):
        return [to_json(item) for item in reply]
    return reply


def settle(wire: Wire) -> None:
    """Wait until every index has read every key, so that no reply depends on work in the background."""
    names = wire.send("FT._LIST")
    for name in names if isinstance(names, list) else ():
        for _ in range(500):
            info = wire.send("FT.INFO", name)
            if isinstance(info, hiredis.ReplyError):
                break
            told = dict(zip(info[::2], info[1::2], strict=False))
            if float(told[b"percent_indexed"]) >= 1:
                break
            time.sleep(0.01)


def run_case(wire: Wire, watcher: Wire, commands: list[list[Any]]) -> list[Any]:
    """Send a case's commands, ``SLEEP seconds`` among them, and return what each was answered."""
    replies: list[Any] = []
    watcher.send("FLUSHALL")
    for command in commands:
        if command[0] == "SLEEP":
            time.sleep(float(command[1]))
            replies.append(None)
            continue
        replies.append(to_json(wire.send(*map(to_wire, command))))
        settle(watcher)
    return replies
