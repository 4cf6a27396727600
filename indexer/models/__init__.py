"""``python -m indexer models``: which embedding models there are, how to install them, and what they cost on this machine.

``catalogue`` reads what is known of each from ``catalogue.toml``, ``install`` puts one into this installation, ``benchmark``
measures one, ``render`` shows it.
"""
