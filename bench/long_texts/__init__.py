"""What becomes of texts that are longer than the model reads: ``python -m bench.long_texts``."""
