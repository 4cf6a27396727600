"""``python -m indexer train``: labels become a better model, by contrastive training.

``examples`` are texts that belong together and texts that do not; ``mining`` finds the latter; ``composition`` says which
examples meet in a batch; ``run`` trains; ``merging`` mixes weights with the base's; ``quality`` measures; ``report`` shows.
"""
