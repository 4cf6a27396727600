"""Languages of texts, which say how their words are stemmed: named in a column, or detected.

By py3langid, which needs no network. Of a collection it is asked for runs of texts, since a title alone is often right in
several languages. What it takes a query for is told to whoever asks; it decides how a query's words are stemmed only where
profiles are in several languages, and then only which of these it is: a query's words have to meet those of the index.
"""

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

from ..errors import InvalidRequest
from .stemming import LANGUAGES, language_of_index

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

_KNOWN = (*LANGUAGES, "ja", "ko", "zh")
_RUNS = 50
_CHARACTERS = 600
_SURE = 5.0
"""Difference of log-likelihoods between the likeliest language and the next, from which on the first is believed."""

DEFAULT = "en"

_CERTAIN = 0.8
"""Probability from which on a query is taken to be in another language than most profiles."""


def check_language(code: str) -> None:
    """Check that words of a language can be counted and indexed.

    Raises:
        InvalidRequest: they cannot, or this is no ISO 639-1 code.
    """
    if code not in _KNOWN:
        raise InvalidRequest("language", f"language: expected one of {', '.join(sorted(_KNOWN))}, got {code[:50]!r}")


@lru_cache
def language_code(name: str) -> str:
    """The ISO 639-1 code of a language that is named by its code (``de``, ``de-AT``), in English or by itself.

    Raises:
        ValueError: no language is called so.
    """
    asked = name.strip().casefold()
    names = _names()
    short = asked.replace("_", "-").split("-")[0]
    code = names.get(asked) or (short if len(short) == 2 and short in names.values() else "")
    if not code:
        raise ValueError(f"expected a language such as de or German, got {name[:50]!r}")
    return code


@lru_cache
def _names() -> dict[str, str]:
    """ISO 639-1 codes by the languages' names in English and, of those whose words are stemmed, in themselves."""
    from babel import Locale  # reads its tables

    english = {code: name for code, name in Locale("en").languages.items() if len(code) == 2}
    names = {name.casefold(): code for code, name in english.items()}
    for code in _KNOWN:
        names[Locale.parse(code).languages.get(code, english[code]).casefold()] = code
    return {**names, **{name: code for code, name in LANGUAGES.items()}}


def language_of_query(text: str, among: Sequence[str]) -> str:
    """Which of some languages a query is in; the first of them where it says nothing.

    Args:
        text: the query.
        among: ISO 639-1 codes of the languages of the profiles, the most frequent first; at least one.
    """
    if len(among) < 2:
        return among[0]
    code, certainty = _identifier(frozenset(among)).classify(text)
    return str(code) if code in among and certainty >= _CERTAIN else among[0]


@lru_cache
def _identifier(among: frozenset[str]) -> "LanguageIdentifier":
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(sorted(among & set(identifier.labels)) or None)
    return identifier


def languages_of_version(language: str, languages: Sequence[str]) -> tuple[str, ...]:
    """ISO 639-1 codes of the languages that a version's profiles are in.

    Args:
        language: of its words, as the Query Engine names it.
        languages: those that profiles say they are in, if they do.
    """
    return tuple(languages) or (language_of_index(language),)


def language_of(texts: Sequence[str]) -> str:
    """The ISO 639-1 code of the language of most of them; English where they say nothing.

    Args:
        texts: some of a collection's, picked at random; about fifty runs of them are looked at.
    """
    import py3langid  # takes as long to load as a build of a few profiles

    counts = Counter(py3langid.classify(run)[0] for run in _runs(texts))
    known = [(code, count) for code, count in counts.most_common() if code in _KNOWN]
    return known[0][0] if known else DEFAULT


def likely_language(text: str) -> str | None:
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
