"""Invented people to try everything with: profiles, job descriptions, and who fits which.

``roles.toml`` says what people in a role do, ``people.toml`` what all have in common, ``jobs.toml`` what is looked
for; ``people`` composes a person from them and ``judgements`` says who fits. The same seed gives the same files.
"""

from .files import write_sample

__all__ = ["write_sample"]
