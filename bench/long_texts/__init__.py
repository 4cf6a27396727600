"""Texts that are longer than the model reads, measured: ``python -m bench.long_texts``."""
