"""What is told of an answer, in words: why it is short, where it came from, what could not be done.

The API says it in English, the pages in the reader's language.
"""

from profilesearch.search.page import SearchPage
from profilesearch.search.reasons import Reason

from .wording import words

_QUIET = ("no_words", "no_terms")
"""What is told only to those who ask how an answer came about."""


def reason_text(page: SearchPage) -> str | None:
    """What is to be told of an answer, as part of a sentence; None if nothing is."""
    notes = [note for note in page.notes if note.code not in _QUIET]
    return "; ".join(map(in_words, [*filter(None, [page.reason]), *notes])) or None


def shown_notes(page: SearchPage) -> list[str]:
    """Sentences in the reader's language: whose profiles of a page are gone, and why no model put it into another order."""
    told, notes = words(), []
    if page.reason is not None and page.reason.code == "gone":
        notes.append(told.notes.gone(n=page.reason.values["count"]))
    for note in page.notes:
        if note.code == "not_reranked":
            text = getattr(told.not_reranked, str(note.values["why"]), told.not_reranked.failed)
            notes.append(text(name=note.values["name"]))
    return notes


def in_words(reason: Reason) -> str:
    """A reason as part of a sentence."""
    match reason.code:
        case "few":
            return _few(reason)
        case "gone":
            count = int(reason.values["count"])
            were = "was removed meanwhile or is" if count == 1 else "were removed meanwhile or are"
            return f"{count} of the profiles found {were} damaged, and left out"
        case "wider":
            filters = " that pass the filters" if reason.values["filtered"] else ""
            return (
                f"the chosen clusters hold fewer than {reason.values['count']} profiles{filters}, "
                "so the next nearest were searched too"
            )
        case "no_words":
            return "this version of the index was built without words, so only the meaning was compared"
        case "no_terms":
            return "no profile has a word of this text, so only the meaning was compared"
        case "not_reranked":
            return f"{reason.values['name']} failed, so the results stand as they were ranked before"


def _few(reason: Reason) -> str:
    count = int(reason.values["count"])
    few = {0: "there is no profile", 1: "there is only 1 profile"}.get(count, f"there are only {count} profiles")
    words = " with these words" if reason.values["words"] else ""
    filters = f" that {'pass' if count > 1 else 'passes'} the filters" if reason.values["filtered"] else ""
    return few + words + filters + ("" if reason.values["everywhere"] else " in the searched clusters")
