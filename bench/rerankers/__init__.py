"""What a closer look at the first of a ranking is worth: ``python -m bench.rerankers``."""
