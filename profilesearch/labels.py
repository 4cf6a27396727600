"""Judgements of how well a profile fits a text: what relevance feedback, evaluation and training share.

Grades are those of TREC's qrels (https://trec.nist.gov/data/qrels_eng/): 0 does not fit, 1 fits, more fits better.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from .errors import ProfileSearchError


class InvalidLabel(ProfileSearchError):
    """A judgement that says nothing: without a query, or without what was judged."""


class LabelOrigin(StrEnum):
    """Where a judgement comes from."""

    PAGE = "page"
    API = "api"
    FILE = "file"
    SYNTHETIC = "synthetic"


@dataclass(frozen=True, slots=True)
class Label:
    """How well one profile, or one text, fits a query.

    Attributes:
        query: the text that was searched for.
        grade: 0 does not fit; 1 and more fit, the higher the better.
        profile_id: the profile that was judged; empty where only its text is known.
        text: the text that was judged; empty where the profile is in the collection.
        labeller: who judged; one local owner is "local".
        labelled_at: when, with its time zone; None where a file does not say.
        version: the version that was searched; empty where none was.
        origin: where the judgement comes from.

    Raises:
        InvalidLabel: without a query, without profile and text, with half of a character, or with a negative grade.
    """

    query: str
    grade: int
    profile_id: str = ""
    text: str = ""
    labeller: str = "local"
    labelled_at: datetime | None = None
    version: str = ""
    origin: LabelOrigin = LabelOrigin.FILE

    def __post_init__(self) -> None:
        if not self.query.strip():
            raise InvalidLabel("a label needs a query: the text that was searched for")
        if not (self.profile_id or self.text.strip()):
            raise InvalidLabel(f"the label of {self.query[:60]!r} needs a profile's id or a text")
        try:
            f"{self.query}{self.profile_id}{self.text}".encode()
        except UnicodeEncodeError:
            raise InvalidLabel(f"the label of {self.query[:60]!a} has half of a character (a lone surrogate)") from None
        if self.grade < 0:
            raise InvalidLabel(f"grade must be 0 (does not fit) or more, not {self.grade}")

    @property
    def relevant(self) -> bool:
        """Whether the profile fits."""
        return self.grade > 0
