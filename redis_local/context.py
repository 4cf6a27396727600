"""What a command is, and what it may use."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from .arguments import Arguments
from .catalog import Catalog
from .link import Address
from .resp import Reply


@dataclass
class Context:
    """What a command may use: the indexes, and who is asking."""

    catalog: Catalog
    address: Address
    protocol: int = 2
    database: int = 0
    answer: Callable[["Context", Sequence[bytes]], Awaitable[bytes]] | None = None
    """Runs another command and encodes its reply, however long that takes."""


Handler = Callable[[Context, Arguments], Awaitable[Reply]]


@dataclass(frozen=True)
class Command:
    """A handler with the least number of words, the name included, and whether it changes nothing."""

    handler: Handler
    least: int
    read_only: bool = False
