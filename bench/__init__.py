"""Benchmarks: each prints a table and writes JSON under bench/results. Run them with ``make bench``."""
