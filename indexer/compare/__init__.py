"""``python -m indexer compare`` and ``pairs``: which embedding model is the best for these texts, and at which price.

``corpus`` is what is searched and ``questions`` what is asked; ``vectors`` embeds both with each model. ``retrieval``,
``similarity``, ``grouping``, ``compression`` and ``tasks`` each measure one thing of the vectors, ``economics`` makes money of
rates, ``comparison`` puts all together, and ``render`` and ``report`` show it. No index is needed: everything is compared with
everything.
"""
