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
        passage_prefix: what the keys of passages of long texts begin with.
    """

    name: str = "profiles"
    key_prefix: str = "profile"
    title: str = "headline"
    text: str = "text"
    titles: str = "titles"
    passage_prefix: str = "passage"

    def index(self, version: str) -> str:
        """The name of a version's index."""
        return f"{self.name}:{version}"

    def key(self, version: str, id_: str) -> str:
        """The key of one profile of a version."""
        return f"{self.key_prefix}:{version}:{id_}"

    def passage_index(self, version: str) -> str:
        """The name of the index over a version's passages."""
        return f"{self.index(version)}:passages"

    def passage_keys(self, version: str) -> str:
        """What the keys of all passages of a version begin with."""
        return f"{self.passage_prefix}:{version}:"

    def passage_key(self, version: str, id_: str, number: int) -> str:
        """The key of one passage, from 1.

        The key of its profile is a hash tag in it, so that both lie in one slot of a cluster.
        """
        return f"{self.passage_keys(version)}{{{self.key(version, id_)}}}:{number}"

    def passage_of(self, version: str, key: str) -> tuple[str, int]:
        """The id of the profile that a passage is of, and the passage's number.

        Raises:
            ValueError: it is no key of a passage of this version.
        """
        before = f"{self.passage_keys(version)}{{{self.key(version, '')}"
        id_, mark, number = key.removeprefix(before).rpartition("}:")
        if not key.startswith(before) or not mark or not (number.isascii() and number.isdigit()):
            raise ValueError(f"expected the key of a passage of {version}, got {key!r}")
        return id_, int(number)


PROFILES = Collection()
"""The collection that is built and searched."""
