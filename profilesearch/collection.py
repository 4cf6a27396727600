"""Collections: which profiles there are, under which names Redis has them, and what is shown of each."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Collection:
    """Profiles of one kind, with an index of their own.

    Attributes:
        name: the alias of the live index, and what the names of indexes and of keys about the collection begin with.
        key_prefix: what the keys of the profiles themselves begin with.
        title: the field of the hash that a profile is shown by.
        text: the field of the hash that was embedded.
        titles: the field of the hash with what the title begins with, as tags; see :mod:`profilesearch.words.titles`.
    """

    name: str = "profiles"
    key_prefix: str = "profile"
    title: str = "headline"
    text: str = "text"
    titles: str = "titles"

    def index(self, version: str) -> str:
        """The name of a version's index."""
        return f"{self.name}:{version}"

    def key(self, version: str, id_: str) -> str:
        """The key of one profile of a version."""
        return f"{self.key_prefix}:{version}:{id_}"


PROFILES = Collection()
"""The collection that is built and searched."""
