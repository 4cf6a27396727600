"""Commands with vectors, for people with a shell."""

import shlex
from collections.abc import Sequence

from .wire.replies import Words

_OCTAL = [f"\\0{byte:03o}" for byte in range(256)]


def command_line(server: Sequence[str], words: Words) -> str:
    """A command as a line for a shell: printf writes a last word of bytes, which redis-cli reads.

    A password is left out: redis-cli takes it from ``REDISCLI_AUTH``.

    Args:
        server: redis-cli's arguments that say where Redis is.
        words: the command; only its last word may be bytes.
    """
    *others, last = words
    if not isinstance(last, bytes):
        return shlex.join(["redis-cli", *server, *map(str, words)])
    octal = "".join([_OCTAL[byte] for byte in last])
    return f"printf %b '{octal}' | {shlex.join(['redis-cli', *server, '-x', *map(str, others)])}"
