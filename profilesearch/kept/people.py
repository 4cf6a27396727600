"""Somebody on a shortlist, or hidden for its job: the id, and the headline of the day, for when the profile is gone."""

from dataclasses import dataclass, field
from typing import Annotated

from pydantic import Field, NonNegativeInt

from .bounds import LONGEST_NOTE, Headline, Moment, ProfileId, VersionName, now


@dataclass(frozen=True, slots=True)
class KeptPerson:
    """Somebody on a shortlist.

    Attributes:
        id: the profile's.
        headline: what it was when the person was starred, for when the profile is gone.
        note: what somebody wrote down.
        note_revision: how often the note was changed.
        version: the version that found them; empty where that is not known.
    """

    id: ProfileId
    headline: Headline
    kept_at: Moment = field(default_factory=now)
    note: Annotated[str, Field(max_length=LONGEST_NOTE)] = ""
    note_revision: NonNegativeInt = 0
    version: VersionName = ""


@dataclass(frozen=True, slots=True)
class HiddenPerson:
    """Somebody who is not to be shown again for a job."""

    id: ProfileId
    headline: Headline
    hidden_at: Moment = field(default_factory=now)
