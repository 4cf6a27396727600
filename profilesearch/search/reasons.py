"""What there is to tell of an answer, as codes with values; an edge puts them into words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Code = Literal["few", "gone", "wider", "no_words", "no_terms", "not_reranked"]


@dataclass(frozen=True)
class Reason:
    """Why an answer is short, where it came from, or what could not be done.

    ================ ======================================================================================
    ``few``          fewer were ranked than requested: ``count``; 0 or 1: ``words`` (alone), ``filtered``, ``everywhere``
    ``gone``         ``count`` of this page's profiles were removed before they could be read, or are damaged
    ``wider``        the chosen clusters hold fewer than ``count``, so further ones were searched; ``filtered``
    ``no_words``     the version indexed no words: meaning alone was compared
    ``no_terms``     the text has no word that any profile has: meaning alone was compared
    ``not_reranked`` the reranker ``name`` failed on ``count`` candidates, which stay as they were ranked; ``why`` is the
        code of :class:`~profilesearch.errors.RerankFailed`, or ``failed``
    ================ ======================================================================================
    """

    code: Code
    values: Mapping[str, int | str]
