"""Commands with vectors, for people with a shell."""

import shlex
from collections.abc import Sequence

from .connection import Client

_OCTAL = [f"\\0{byte:03o}" for byte in range(256)]


def command_line(client: Client, words: Sequence[str], last: bytes) -> str:
    """A command as a line for a shell: printf writes its last argument, which redis-cli reads as bytes.

    A password is left out: redis-cli takes it from ``REDISCLI_AUTH``.
    """
    where = client.connection_pool.connection_kwargs
    if where.get("path"):
        server = ["-s", str(where["path"])]
    else:
        server = ["-h", str(where.get("host", "127.0.0.1")), "-p", str(where.get("port", 6379))]
    octal = "".join([_OCTAL[byte] for byte in last])
    return f"printf %b '{octal}' | {shlex.join(['redis-cli', *server, '-x', *words])}"
