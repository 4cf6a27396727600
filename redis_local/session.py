"""What a client's commands say about how its FT.* must be answered."""

NOTED = {b"MULTI", b"EXEC", b"DISCARD", b"RESET", b"HELLO", b"SELECT", b"CLIENT", b"SWAPDB"}
"""Names of the commands that a session follows."""


class Session:
    """A client's protocol, database and modes, as far as its commands tell."""

    def __init__(self) -> None:
        self.protocol = 2
        self.database = 0
        self.queuing = False
        self.muted = False
        self.skipping = False
        self._queued: list[tuple[bytes, ...]] = []

    def note(self, words: tuple[bytes, ...]) -> None:
        """Follow a command that changes how FT.* must be answered."""
        self.skipping = False
        name = words[0].upper()
        if name in (b"EXEC", b"DISCARD"):
            queued, self._queued, self.queuing = self._queued, [], False
            for command in queued if name == b"EXEC" else ():
                self._apply(command)
        elif name == b"RESET":
            self.__dict__.update(vars(Session()))
        elif self.queuing:
            self._queued.append(words)
        else:
            self._apply(words)

    def _apply(self, words: tuple[bytes, ...]) -> None:
        name = words[0].upper()
        second = words[1].upper() if len(words) > 1 else b""
        if name == b"MULTI":
            self.queuing = True
        elif name == b"HELLO" and second in (b"2", b"3"):
            self.protocol = int(second)
        elif name == b"SELECT" and second.isdigit() and len(second) < 10:
            self.database = int(second)
        elif name == b"CLIENT" and second == b"REPLY" and len(words) == 3:
            mode = words[2].upper()
            if mode in (b"ON", b"OFF"):
                self.muted = mode == b"OFF"
            elif mode == b"SKIP":
                self.skipping = not self.muted
