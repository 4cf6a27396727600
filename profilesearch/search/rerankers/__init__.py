"""Rerankers: a closer look at the first of a ranking, one file each.

==================  ============================================================================================
``late``            the embedding model's own token vectors: offline, no second model (:mod:`.late_interaction`)
``cross-encoder:``  a model that reads query and text together (:mod:`.cross_encoder`)
``pairwise:``       a language model is asked of each pair who fits better (:mod:`.pairwise`)
``listwise:``       a language model orders a window at a time (:mod:`.listwise`)
==================  ============================================================================================

A process has those that :mod:`.catalogue` made for it; a request chooses one by its name. To add one, write a file with a
class that is a :class:`.reranker.Reranker`, and a line in the catalogue.
"""

from .reranker import Document, Reranker, Scores

__all__ = ["Document", "Reranker", "Scores"]
