"""Errors that redis_local raises.

RedisLocalError
├── StartError      the process cannot start: port taken, directory in use, no redis-server
└── CommandError    a command is refused; its text is the RESP error that the client sees
    └── QuerySyntaxError   the query text is refused, with the byte offset at which it went wrong
"""


class RedisLocalError(Exception):
    """Root of every error raised here."""


class StartError(RedisLocalError):
    """redis_local cannot start; the message says what to do about it."""


class CommandError(RedisLocalError):
    """A command is refused. ``str(error)`` is sent as the RESP error line, so it names its own prefix."""


class QuerySyntaxError(CommandError):
    """The query text cannot be parsed.

    Args:
        what: what was wrong, as the real Query Engine words it.
        position: byte offset into the query text.
        near: the text of the token at fault.
    """

    def __init__(self, what: str, position: int, near: bytes) -> None:
        self.position = position
        super().__init__(f"{what} at offset {position} near {near.decode(errors='replace')}")


def unsupported(what: str) -> CommandError:
    """An error for something that Redis knows and redis_local does not."""
    return CommandError(f"ERR {what} is not supported by redis_local; use a Redis with the Query Engine for it")
