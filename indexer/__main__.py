"""``python -m indexer``."""

import gc

from .cli import main

gc.freeze()  # what is imported stays, and rows make no cycles: collecting often would only slow down every stage
gc.set_threshold(50_000, 20, 20)
main()
