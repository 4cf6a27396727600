"""``python -m indexer labels``: judgements as files, in and out of the store.

``files`` reads and writes them, and makes some where there are none; ``statistics`` says what there is, whether it agrees,
and keeps what is tested with apart from what is trained on.
"""
