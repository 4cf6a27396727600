"""``python -m indexer models list``, ``show``, ``add`` and ``benchmark``: which embedding models there are, how to install them, and what they cost on this machine.

``models`` reads what is known of each from ``models.toml``, ``install`` puts one into this installation, ``benchmark``
measures one, ``render`` shows it.
"""
