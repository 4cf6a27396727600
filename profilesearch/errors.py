"""Errors of the domain, translated once at each edge (command line, HTTP).

ProfileSearchError
├── SettingsError         an environment variable has a value that cannot be used
├── InvalidRequest        a search asks for something that cannot be; names the field
│   ├── UnknownProfile    no profile has this id
│   ├── UnknownModel      no version of this embedding model is live
│   ├── NotKept           no shortlist or saved search has this key
│   ├── ChangedMeanwhile  somebody else changed the same thing since it was read
│   └── ExpiredText       a text that an address refers to is not kept any more
├── BadRows               a source has rows that are no profiles
├── SourceError           a source cannot be read at all
├── CacheError            the directory for the cache cannot be used
├── ModelLoading          the embedding model is not loaded yet
├── NoQueryModel          profiles brought their vectors, and no model embeds what is asked
├── RerankFailed          a reranker could not answer; the ranking before it stands
├── EncoderError          an embedding model cannot be loaded or gives unusable vectors
└── StoreError            Redis did not do what was asked
    ├── RedisUnavailable  it cannot be reached, or is still loading
    ├── NoLiveVersion     nothing has been published yet
    ├── IndexNotReady     the live version's index is gone, or still being read
    ├── ModelMismatch     the index was built with another embedding model
    ├── UnknownVersion    no version of the index has this name
    ├── DamagedVersion    a version's record or cluster model cannot be read
    ├── DamagedDocument   a shortlist or saved search cannot be read
    ├── VersionIsLive     a version that should be removed is live
    ├── BuildRunning      another build is at work
    ├── ChangeRefused     a change cannot be applied to the live version
    └── VerificationFailed  a built version is not what it should be
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


class ProfileSearchError(Exception):
    """Root of every error that the domain raises.

    Args:
        message: what was expected, what came, what to do, in terms of the domain: no option, parameter or page.
        code: names the case among those of its class, where an edge has more to say about it.
        values: what the case is about.
    """

    def __init__(self, message: str = "", *, code: str = "", **values: Any) -> None:
        super().__init__(message)
        self.code = code
        self.values = values


def reason_of(error: Exception) -> str:
    """The first line of what another library's error says, or its kind where it says nothing."""
    message = str(error).strip()
    return message.splitlines()[0] if message else type(error).__name__


class SettingsError(ProfileSearchError):
    """An environment variable has a value that cannot be used."""


class InvalidRequest(ProfileSearchError):
    """A search asks for something that cannot be.

    Args:
        field: the name of the parameter at fault.
        message: what came and what was expected.
    """

    def __init__(self, field: str, message: str, *, code: str = "", **values: Any) -> None:
        super().__init__(message, code=code, **values)
        self.field = field


class UnknownProfile(InvalidRequest):
    """No profile of the live version has this id."""


class UnknownModel(InvalidRequest):
    """No version of this embedding model is live."""


class NotKept(InvalidRequest):
    """No shortlist or saved search has this key: it was removed, or the address is not complete."""


class ChangedMeanwhile(InvalidRequest):
    """Somebody else changed the same thing since it was read; nothing was changed."""


class ExpiredText(InvalidRequest):
    """A text that an address refers to by its digest is not kept any more."""


@dataclass(frozen=True)
class BadRow:
    """One row that is no profile: where it is, what came, what was expected."""

    file: str
    line: int
    field: str
    came: str
    expected: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.field}: expected {self.expected}, got {self.came}"


class BadRows(ProfileSearchError):
    """A source has rows that are no profiles; carries the first of them and how many there are."""

    def __init__(self, rows: Sequence[BadRow], total: int) -> None:
        self.rows = tuple(rows)
        self.total = total
        more = f"\n… and {total - len(rows)} more" if total > len(rows) else ""
        listed = "\n".join(f"  {row}" for row in rows)
        count = "1 bad row" if total == 1 else f"{total:,} bad rows"
        super().__init__(f"{count}, nothing was written:\n{listed}{more}", code="bad_rows", total=total)


class SourceError(ProfileSearchError):
    """A source cannot be read at all."""


class EncoderError(ProfileSearchError):
    """An embedding model cannot be loaded, or gives vectors that cannot be used."""


class TrainingError(ProfileSearchError):
    """A model cannot be trained or merged as asked."""


class RerankFailed(ProfileSearchError):
    """A reranker could not answer in time, or at all; the ranking before it stands.

    Args:
        code: ``away``, ``slow``, ``refused``, ``senseless`` or ``budget``: what became of what it asked.
        message: what happened, for engineers.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class CacheError(ProfileSearchError):
    """The directory for the embedding cache cannot be used, or is full."""


class ModelLoading(ProfileSearchError):
    """The embedding model is not loaded yet."""


class NoQueryModel(ProfileSearchError):
    """The vectors came with the profiles, and no model embeds this text."""


class StoreError(ProfileSearchError):
    """Redis did not do what was asked."""


class RedisUnavailable(StoreError):
    """Redis cannot be reached, or is still loading its data."""


class NoLiveVersion(StoreError):
    """Nothing has been published yet."""


class IndexNotReady(StoreError):
    """The live version's index is gone, or still being read."""


class ModelMismatch(StoreError):
    """The index was built with another embedding model than the one at hand."""


class UnknownVersion(StoreError):
    """No version of the index has this name."""


class DamagedDocument(StoreError):
    """A shortlist or a saved search cannot be read."""


class DamagedVersion(StoreError):
    """A version's record or cluster model is missing, damaged, or of another release."""


class VersionIsLive(StoreError):
    """A version that should be removed went live meanwhile."""


class BuildRunning(StoreError):
    """Another build is at work on this Redis."""


class ChangeRefused(StoreError):
    """A change cannot be applied to the live version."""


class VerificationFailed(StoreError):
    """A version that was built is not what it should be, so it was not published."""
