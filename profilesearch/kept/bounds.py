"""What is kept is checked and bounded where it is written, so that nobody fills Redis by clicking."""

from datetime import UTC, datetime
from typing import Annotated, TypeVar

from pydantic import AfterValidator, AwareDatetime, Field, TypeAdapter, ValidationError

from ..errors import InvalidRequest

T = TypeVar("T")

LOCAL_OWNER = "local"
"""Whoever reaches the page, as long as nobody is asked who they are."""

LONGEST_NAME = 200
LONGEST_NOTE = 2000
LONGEST_HEADLINE = 300
"""Characters that are kept of one; a headline may be longer in its profile."""


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("expected a moment that is in the years 1 to 9999 in UTC too") from None


Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
ProfileId = Annotated[str, Field(min_length=1, max_length=500)]
Key = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
VersionName = Annotated[str, Field(pattern=r"^(v[1-9][0-9]{0,9})?$")]
Name = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]
Headline = Annotated[str, Field(max_length=LONGEST_HEADLINE)]


def now() -> datetime:
    """The present moment, with its time zone."""
    return datetime.now(UTC)


def checked(kind: TypeAdapter[T], value: bytes, where: str = "") -> T:
    """A value from JSON.

    Args:
        kind: what it should be.
        value: UTF-8.
        where: the field that the value itself is, if it is one.

    Raises:
        InvalidRequest: it is something else; names the first field at fault, such as ``people.2.note``.
    """
    try:
        return kind.validate_json(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        field = ".".join([*filter(None, [where]), *map(str, first["loc"])]) or "body"
        raise InvalidRequest(field[:100], f"{field[:100]}: {first['msg']}") from None
