"""Two models that answer by turns (A/B), or of which one answers unseen beside the other (shadow): which searches, and what is kept.

Whose turn it is depends on the text alone, by a digest that is salted with the experiment: a text stays on its side on every page, for
everybody and in every process, and two experiments do not ask the same texts (Kohavi et al. 2009,
https://doi.org/10.1007/s10618-008-0114-1, section 4.1).
"""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Side = Literal["a", "b"]
"""``a`` is the default, ``b`` the model that may take its place."""

Kind = Literal["share", "shadow"]
"""``share``: b answers a share of the searches. ``shadow``: b is asked a share of them, too, and its answer shown to nobody."""

COMPARED = 10
"""Results of an answer that are kept."""

_DIGEST_BYTES = 15


@dataclass(frozen=True)
class Arm:
    """One side.

    Attributes:
        model: its name.
        version: the version of it that answers now.
        versions: all that have answered, the latest last: a rebuild of the same model goes on with the experiment.
    """

    model: str
    version: str
    versions: tuple[str, ...]

    @classmethod
    def of(cls, model: str, version: str) -> "Arm":
        """A side that begins with a version."""
        return cls(model, version, (version,))


@dataclass(frozen=True)
class Experiment:
    """What is compared.

    Attributes:
        identity: tells it from any other; the salt of its digests.
        kind: whether b's answers are shown.
        share: of the texts that b is asked, above 0 and up to 1.
        a, b: the sides.
        started_at: seconds since 1970.
        ended: why it has ended; empty while it runs.
        searches: how many each side has answered for people, and how many b should have answered and could not (``missed``);
            in a shadow those of b are the pairs.
    """

    identity: str
    kind: Kind
    share: float
    a: Arm
    b: Arm
    started_at: float
    ended: str = ""
    searches: tuple[int, int, int] = (0, 0, 0)

    def asks_b(self, text: str) -> bool:
        """Whether b is asked for a text, by its digest."""
        return int.from_bytes(self._hash(text)[:8]) / 2**64 < self.share

    def digest(self, text: str) -> str:
        """20 letters, digits, hyphens and underscores that stand for a text in this experiment alone."""
        return urlsafe_b64encode(self._hash(text)[-_DIGEST_BYTES:]).decode()

    def shown(self, text: str) -> Side:
        """The side whose answer people see."""
        return "b" if self.kind == "share" and self.asks_b(text) else "a"

    def side_of(self, version: str) -> Side | None:
        """The side that a version answered for; None if it is neither's."""
        return "a" if version in self.a.versions else "b" if version in self.b.versions else None

    def _hash(self, text: str) -> bytes:
        return hashlib.sha256(f"{self.identity}\0{' '.join(text.casefold().split())}".encode()).digest()


@dataclass(frozen=True)
class Answer:
    """What one side found.

    Attributes:
        ids: of the first :data:`COMPARED` results, best first.
        milliseconds: that the search took.
    """

    ids: Sequence[str]
    milliseconds: float


@dataclass(frozen=True)
class Entry:
    """A search of an experiment, without its text.

    Attributes:
        digest: of the text.
        a, b: what each side found; None of one that was not asked.
    """

    digest: str
    a: Answer | None
    b: Answer | None
