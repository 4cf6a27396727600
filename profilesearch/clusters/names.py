"""Names from which a recruiter knows who is in a cluster: its profiles' most characteristic tags and titles.

Class-based TF-IDF (Grootendorst 2022, https://arxiv.org/abs/2203.05794) over phrases: the share of the cluster's profiles
that have a phrase, times ``log(1 + A / f)``, with ``A`` the mean number of profiles in a cluster and ``f`` the number of
all profiles that have it. Tags and titles name profiles, texts what they write about: the text is asked only where tags
and titles say nothing, such as where every title is "Summary".
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ..arrays import Integers
from ..row import Row
from ..tags import split_tags

_TERMS = 3
_SAMPLE = 20_000
_WORD = r"(?u)\b[^\W\d_][\w+#]+\b"
_PIECE = re.compile(r"[^\W\d_][\w+#]*|\d+|[^\w\s]")
_LONGEST_TAG = 60
_MOST_PHRASES = 20_000
"""Phrases that are scored, the most frequent ones: each has a number in every cluster."""

_LEAST_LIFT = 2.0
"""How much more frequent a phrase must be in the cluster than among all, where that is possible."""

_LEAST_SHARE = 0.05
_PHRASE_BONUS = 0.25
"""By how much each further word raises a phrase: "product manager" says more than "manager"."""

Scores = npt.NDArray[np.float64]


def name_clusters(profiles: Sequence[Row], assigned: Integers, clusters: int) -> tuple[str, ...]:
    """Name each cluster by up to three phrases.

    Args:
        profiles: the profiles; at most about 20,000 of them are read.
        assigned: ``(len(profiles),)`` the cluster of each.
        clusters: how many there are.

    Returns:
        ``clusters`` names, each unique, such as ``nurse · midwife · physiotherapist``.
    """
    step = -(-len(profiles) // _SAMPLE) if profiles else 1
    profiles, assigned = profiles[::step], assigned[::step]
    titles = [_Phrases(_tags(profiles), assigned, clusters), _Phrases(_titles(profiles), assigned, clusters)]
    names = [_distinct(titles, cluster) for cluster in range(clusters)]
    if not all(names):
        texts = [_Phrases(_texts(profiles), assigned, clusters)]
        names = [phrases or _distinct(texts, cluster) for cluster, phrases in enumerate(names)]
    return _unique(names)


class _Phrases:
    """Phrases of one source with their scores in each cluster."""

    def __init__(self, counted: tuple[Any, Sequence[str]], assigned: Integers, clusters: int) -> None:
        counts, self.phrases = counted
        members = np.maximum(1, np.bincount(assigned, minlength=clusters))[:, None]
        inside = np.zeros((clusters, len(self.phrases)))
        for cluster in range(clusters if len(self.phrases) else 0):
            inside[cluster] = np.asarray(counts[np.flatnonzero(assigned == cluster)].sum(axis=0)).ravel()
        totals = np.maximum(1, inside.sum(axis=0))
        shares = inside / members
        length = 1 + _PHRASE_BONUS * np.array([len(phrase.split()) - 1 for phrase in self.phrases])
        lift = shares / (totals / max(1, len(assigned)))
        highest = max(1, len(assigned)) / members  # of a phrase that only the cluster has
        telling = (shares >= _LEAST_SHARE) & (lift >= np.minimum(_LEAST_LIFT, (1 + highest) / 2))
        telling &= inside >= np.minimum(2, members)
        self.scores: Scores = np.where(telling, shares * np.log(1 + len(assigned) / clusters / totals) * length, 0)

    def ranked(self, cluster: int) -> list[tuple[float, str]]:
        """The cluster's phrases with their scores, best first."""
        scores = self.scores[cluster]
        order = np.argsort(-scores, kind="stable")[:50]
        return [(float(scores[place]), self.phrases[place]) for place in order if scores[place] > 0]


def _distinct(sources: Sequence[_Phrases], cluster: int) -> list[str]:
    """The sources' best phrases, of which none repeats the words of another."""
    chosen: list[tuple[str, set[str]]] = []
    for _, phrase in sorted((pair for source in sources for pair in source.ranked(cluster)), key=lambda pair: -pair[0]):
        words = set(phrase.casefold().split())
        if not any(words <= others or others <= words for _, others in chosen):
            chosen.append((phrase, words))
    return [phrase for phrase, _ in chosen]


def _unique(names: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Names of up to three phrases; equal ones go on with their next phrase, or get a number."""
    taken: set[str] = set()
    for number, phrases in enumerate(names):
        best = " · ".join(phrases[:_TERMS]) or f"cluster {number}"
        further = (" · ".join((*phrases[: _TERMS - 1], phrase)) for phrase in phrases[_TERMS:])
        numbered = (f"{best} ({count})" for count in range(2, len(names) + 2))
        taken_now = next(name for name in (best, *further, *numbered) if name not in taken)
        taken.add(taken_now)
        names = [*names[:number], [taken_now], *names[number + 1 :]]
    return tuple(name for (name,) in names)


def _tags(profiles: Sequence[Row]) -> tuple[Any, Sequence[str]]:
    """Values of tag fields, as they are written."""
    return _counted(
        [[v for tags in p.tags.values() for v in split_tags(tags) if len(v) <= _LONGEST_TAG] for p in profiles],
        analyzer=lambda values: values,
    )


def _titles(profiles: Sequence[Row]) -> tuple[Any, Sequence[str]]:
    """Runs of one to three words of titles, without stop words, digits or punctuation in between."""
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    def phrases(title: str) -> Iterator[str]:
        run: list[str] = []
        for word in _PIECE.findall(title.lower()):
            run = [*run[-2:], word] if word[0].isalpha() and word not in ENGLISH_STOP_WORDS else []
            yield from (" ".join(run[start:]) for start in range(len(run)))

    return _counted([p.title for p in profiles], analyzer=phrases)


def _texts(profiles: Sequence[Row]) -> tuple[Any, Sequence[str]]:
    """Runs of one or two words of whole texts."""
    return _counted([p.text for p in profiles], stop_words="english", ngram_range=(1, 2), token_pattern=_WORD)


def _counted(documents: Sequence[Any], **options: Any) -> tuple[Any, Sequence[str]]:
    from sklearn.feature_extraction.text import CountVectorizer

    counter = CountVectorizer(binary=True, min_df=min(2, len(documents)), max_features=_MOST_PHRASES, **options)
    try:
        counts = counter.fit_transform(documents)
    except ValueError:  # there is nothing, or nothing but stop words
        return None, []
    return counts.tocsr(), [str(phrase) for phrase in counter.get_feature_names_out()]
