"""The commands of ``python -m indexer``, by what they do. A command's docstring is its help."""
