"""The language that most texts of a collection are in, which says how their words are stemmed.

By py3langid, which needs no network. It is asked for runs of texts, since a title alone is often right in several
languages. What it takes a query for is told to whoever asks, and changes nothing: a query's words have to meet the index's.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import islice

from ..errors import InvalidRequest
from .stemming import LANGUAGES

_KNOWN = (*LANGUAGES, "ja", "ko", "zh")
_RUNS = 50
_CHARACTERS = 600
_SURE = 5.0
"""Difference of log-likelihoods between the likeliest language and the next, from which on the first is believed."""

DEFAULT = "en"


def check_language(code: str) -> None:
    """Check that words of a language can be counted and indexed.

    Raises:
        InvalidRequest: they cannot, or this is no ISO 639-1 code.
    """
    if code not in _KNOWN:
        raise InvalidRequest("language", f"language: expected one of {', '.join(sorted(_KNOWN))}, got {code[:50]!r}")


def language_of(texts: Sequence[str]) -> str:
    """The ISO 639-1 code of the language of most of them; English where they say nothing.

    Args:
        texts: some of a collection's, picked at random; about fifty runs of them are looked at.
    """
    import py3langid  # takes as long to load as a build of a few profiles

    counts = Counter(py3langid.classify(run)[0] for run in _runs(texts))
    known = [(code, count) for code, count in counts.most_common() if code in _KNOWN]
    return known[0][0] if known else DEFAULT


def language_of_query(text: str) -> str | None:
    """The ISO 639-1 code of the language that a text seems to be in; None if several are about as likely."""
    import py3langid

    if not text.strip():
        return None
    first, second = [each for each in py3langid.rank(text[:_CHARACTERS]) if each[0] in _KNOWN][:2]
    return str(first[0]) if first[1] - second[1] >= _SURE else None


def _runs(texts: Sequence[str]) -> list[str]:
    """Texts joined until they are long enough to tell."""
    runs, run = [], ""
    for text in islice(texts, _RUNS * 40):
        run = f"{run} {text[:_CHARACTERS]}"
        if len(run) >= _CHARACTERS:
            runs.append(run)
            run = ""
        if len(runs) == _RUNS:
            return runs
    return [*runs, run] if run.strip() and len(runs) < _RUNS else runs
