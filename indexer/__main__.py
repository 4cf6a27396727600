"""``python -m indexer``."""

import sys

try:
    import click  # noqa: F401  the first that another Python than the project's lacks
except ModuleNotFoundError:
    sys.exit(
        f"error: {sys.executable} does not have what Profile Search needs: run `make setup` once, then say "
        "`. .venv/bin/activate` in this shell, or .venv/bin/python -m indexer"
    )

from .cli import main

main()
