"""Conditions in a text: where somebody should be, which languages they should speak, how many years they should have.

They are offered as filters; what a text is about is the rest of it. A value is a condition only where it stands like one: after
"in" or "speaks", between marks, or at the end. "In Berlin" is a condition, "German law" and "a teacher of German" are not.
"""

import re
from collections.abc import Collection, Sequence

from .found_filters import FoundValue, without_years

_CUE = re.compile(
    r"(?:\b(?:and|or|who|und|oder|der|die)\s+)?"
    r"\b(?:(?:based|living|located|wohnhaft)\s+in|in|near|around|bei|nahe|aus|"
    r"speak(?:s|ing)?|fluent(?:\s+in)?|native|spr(?:icht|echend)|fließend(?:es)?)\s+$",
    re.IGNORECASE,
)
_JOINED = re.compile(r"\s*(?:,|/|\band|\bor|\bund|\boder)\s*$", re.IGNORECASE)
_AFTER = re.compile(
    r"\s*(?:$|[,;:.!?)\]|/–—-]|\n|\d|(?:and|or|with|who|that|we|you|is|are|for|at|from|since|as|on|to|has|have|"
    r"und|oder|mit|wir|sie|ist|sind|für|ab|seit|als|der|die|das|gesucht)\b)",
    re.IGNORECASE,
)
_MARK_BEFORE = re.compile(r"(?:^|[,;:|(\[–—\n-])\s*$")
_END = re.compile(r"\s*[.!?]?\s*$")
_OBJECT = re.compile(r"\b(?:of|for|the|from|to|von|für|des|der|in)\s+$", re.IGNORECASE)
_LEFT_OVER = re.compile(
    r"(?:[\s,;:–—-]+(?:with|and|or|at|from|for|who|must(?:[- ]have)?|ha(?:ve|s|ving)|needs?|required?|mandatory|preferred|"
    r"preferably|ideally|nice[- ]to[- ]have|(?:of )?experience|(?:berufs)?erfahrung|mit|und|oder|ab|muss|müssen|haben|zwingend|erforderlich|wünschenswert|idealerweise))+"
    r"\s*$",
    re.IGNORECASE,
)
"""What led to a condition that a text ended with."""
_EDGES = " \t,;:|/–—-"
_SPACES = re.compile(r"[ \t]{2,}")
_WORD = re.compile(r"\w")


def without_conditions(text: str, values: Sequence[FoundValue]) -> str:
    """A text without the years that it names, and without some values where they are conditions.

    Args:
        text: any text; it is given back as it is where nothing else is in it.
        values: what it names, in its order, of fields that say nothing of what somebody does.
    """
    rest = text
    spans = _spans(text, values)
    for start, end in reversed(spans):
        rest = f"{rest[:start]} {rest[end:]}"
    if not _WORD.search(rest):
        return text
    rest = without_years(rest)
    return text if rest == text else _LEFT_OVER.sub("", _SPACES.sub(" ", rest).strip(_EDGES)).strip(_EDGES) or text


def _spans(text: str, values: Sequence[FoundValue]) -> list[tuple[int, int]]:
    """Where conditions stand, with what leads to them; ascending, and none within another."""
    spans: list[tuple[int, int]] = []
    for value in values:
        before, after = text[: value.start], text[value.end :]
        joined = _JOINED.search(before)
        if cue := _CUE.search(before):
            start = cue.start()
        elif spans and joined and joined.start() == spans[-1][1]:  # Berlin or Bonn
            start = joined.start()
        elif (_END.match(after) and not _OBJECT.search(before)) or (
            _MARK_BEFORE.search(before) and _AFTER.match(after)
        ):
            start = value.start
        else:
            continue
        if _AFTER.match(after) and (not spans or start >= spans[-1][1]):
            spans.append((start, value.end))
    return spans


def of_fields(values: Sequence[FoundValue], fields: Collection[str]) -> list[FoundValue]:
    """The values that are of some fields."""
    return [value for value in values if value.field in fields]
