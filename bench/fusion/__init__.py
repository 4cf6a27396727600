"""What words add to meaning, on the sample and on public data: ``python -m bench.fusion``."""
