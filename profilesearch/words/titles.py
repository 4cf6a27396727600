"""The title that a headline begins with, so that whoever is exactly what was typed comes first.

"Product manager at Nordbank | pricing" is a product manager; "Product marketing manager" has the same words and is another.
The title is kept as a tag: it is equal to what was typed, or it is not.
"""

import re
import unicodedata

LONGEST_TITLE = 80
"""Characters; a headline that goes on for longer is a sentence."""

_MARKS = r",;:|·•—–(\[{（，、；：｜"
_END = re.compile(
    rf"(?=[ .!?{_MARKS}])(?: ?[{_MARKS}] ?"  # looked at first: it is fast where none of these stands
    r"| [-/+&@!?]+ |[.!?] "
    r"| (?:at|for|with|and|bei|für|mit|und|im|in|chez|pour|avec|et|con|para|per|presso|y|e|bij|voor|met|en) )",
    re.IGNORECASE,
)
"""In a text with single spaces."""

_ALTERNATIVES = re.compile(r"(?<=\w{3})/(?=\w{3})")


def titles_of(headline: str) -> tuple[str, ...]:
    """The title that a headline begins with, in lower case; several for "Lehrer/Lehrerin", none for a sentence."""
    plain = " ".join(unicodedata.normalize("NFC", headline).split())
    first = _END.split(plain, maxsplit=1)[0].strip()
    if not first:  # it begins with a mark
        first = next((part.strip() for part in _END.split(plain) if part.strip()), "")
    if not first or len(first) > LONGEST_TITLE:
        return ()
    if "/" not in first:
        return (first.lower() if first.isascii() else folded_title(first),)
    return tuple(dict.fromkeys(folded_title(part) for part in _ALTERNATIVES.split(first)))


def typed_titles(text: str) -> tuple[str, ...]:
    """The titles that a text is, as they are kept of headlines: itself, or each of "Lehrer/Lehrerin"."""
    whole = folded_title(text)
    parts = titles_of(text)
    return parts if "/".join(parts) == whole else (whole,) if whole else ()


def folded_title(text: str) -> str:
    """What was typed, as titles are compared: in NFC, lower case and with single spaces."""
    return " ".join(unicodedata.normalize("NFC", text).lower().split())
