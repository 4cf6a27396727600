"""What a job description insists on, and what it only wishes for.

The words that say so stand in the same clause ("Kafka is a plus"), else in the same sentence ("Required: German, English"), else
in the heading above ("Nice to have"). English and German are read.
"""

import re
from typing import Literal

Demand = Literal["must", "wish"]

_WISH = re.compile(
    r"\b(?:nice[- ]to[- ]haves?|(?:a|big|real) plus|bonus(?: points)?|ideally|preferred|preferably|desir(?:able|ed)|"
    r"advantage(?:ous)?|optional(?:ly)?|good to have|would be (?:nice|great|good|helpful)|not (?:required|necessary|a must|mandatory)|"
    r"wünschenswert|von vorteil|idealerweise|gerne?|optional|schön wäre|wäre (?:schön|gut|toll)|ein plus|pluspunkte?|"
    r"(?:nicht|kein\w*) (?:zwingend|erforderlich|notwendig|muss|voraussetzung))\b",
    re.IGNORECASE,
)
_MUST = re.compile(
    r"\b(?:must[- ]haves?|must|required?|requires|requirements?|mandatory|essential|necessary|needed|indispensable|"
    r"muss|müssen|zwingend|erforderlich|notwendig|unbedingt|unerlässlich|voraussetzung(?:en)?|vorausgesetzt|anforderungen)\b",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[.!?;])\s+|[。！？；]|\n+")
_CLAUSE = re.compile(r",\s+|\s+(?:but|while|whereas|aber|während)\s+", re.IGNORECASE)
_LONGEST_HEADING = 60


def demand_at(text: str, start: int) -> Demand | None:
    """Whether what stands at a place of a text must be or may be; None if the text does not say."""
    sentence_start, sentence = _part(_SENTENCE, text, start)
    _, clause = _part(_CLAUSE, sentence, start - sentence_start)
    if (demand := _said(clause)) or (demand := _said_once(sentence)):
        return demand
    return _said(_heading(text[:sentence_start]))


def _said(text: str) -> Demand | None:
    return "wish" if _WISH.search(text) else "must" if _MUST.search(text) else None


def _said_once(sentence: str) -> Demand | None:
    """What a sentence says of all that it names: nothing if it wishes for one thing and insists on another."""
    plain = _WISH.sub(" ", sentence)
    return None if plain != sentence and _MUST.search(plain) else _said(sentence)


def _part(separator: re.Pattern[str], text: str, place: int) -> tuple[int, str]:
    """Where the part begins that holds a place, and the part."""
    begin = 0
    for match in separator.finditer(text):
        if match.start() >= place:
            return begin, text[begin : match.start()]
        begin = match.end()
    return begin, text[begin:]


def _heading(before: str) -> str:
    """The nearest heading above a place: a short line that ends no sentence and is no point of a list; empty if there is none."""
    for line in reversed(before.splitlines()):
        plain = line.strip()
        if plain and len(plain) <= _LONGEST_HEADING and plain[-1] not in ".,;!" and plain[0] not in "-•*–·":
            return plain
    return ""
