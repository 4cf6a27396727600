"""What a client's commands say about how its FT.* must be answered."""

from dataclasses import dataclass, field, replace

NOTED = {b"MULTI", b"EXEC", b"DISCARD", b"RESET", b"HELLO", b"SELECT", b"CLIENT", b"SWAPDB"}
"""Names of the commands that a session follows."""


@dataclass
class Session:
    """A client's protocol, database and modes, as far as its commands tell.

    Attributes:
        queuing: whether the client said MULTI; a fence finds out whether the server took it.
        muted: whether the client switched replies off; a fence finds out as well.
        skipping: whether the reply to the next command is left out.
    """

    protocol: int = 2
    database: int = 0
    queuing: bool = False
    muted: bool = False
    skipping: bool = False
    _at_exec: "Session | None" = field(default=None, repr=False)

    def note(self, words: tuple[bytes, ...]) -> None:
        """Follow a command that changes how FT.* must be answered."""
        self.__dict__.update(vars(self.after(words)))

    def doubtful(self, words: tuple[bytes, ...]) -> bool:
        """Whether this command changes the protocol or the database, provided that the server takes it."""
        after = self.after(words)
        return words[0].upper() != b"RESET" and (after.protocol, after.database) != (self.protocol, self.database)

    def note_refusal(self, words: tuple[bytes, ...]) -> None:
        """Follow a doubtful command that the server refused."""
        self.skipping = False
        if words[0].upper() == b"EXEC":
            self.queuing, self._at_exec = False, None

    def after(self, words: tuple[bytes, ...]) -> "Session":
        """What it becomes by a command that the server takes."""
        name = words[0].upper()
        unskipped = replace(self, skipping=False)
        if name == b"EXEC":
            return replace(self._at_exec or unskipped, queuing=False, _at_exec=None)
        if name == b"DISCARD":
            return replace(unskipped, queuing=False, _at_exec=None)
        if name == b"RESET":
            return Session()
        if self.queuing:
            return replace(unskipped, _at_exec=_applied(self._at_exec or unskipped, words))
        return _applied(unskipped, words)


def _applied(session: Session, words: tuple[bytes, ...]) -> Session:
    """The session after a command that is run at once."""
    name = words[0].upper()
    second = words[1].upper() if len(words) > 1 else b""
    if name == b"MULTI":
        return replace(session, queuing=True)
    if name == b"HELLO" and second in (b"2", b"3"):
        return replace(session, protocol=int(second))
    if name == b"SELECT" and second.isdigit() and len(second) < 10:
        return replace(session, database=int(second))
    if name == b"CLIENT" and second == b"REPLY" and len(words) == 3:
        mode = words[2].upper()
        if mode in (b"ON", b"OFF"):
            return replace(session, muted=mode == b"OFF")
        if mode == b"SKIP":
            return replace(session, skipping=not session.muted)
    return session
