"""Which indexes and aliases there are, kept in a JSON file that outlives the process."""

import asyncio
import contextlib
import json
from pathlib import Path
from typing import Any

from .cursors import Cursors
from .definition_file import DefinitionFile
from .errors import CommandError, StartError
from .feed import Feed
from .link import Address
from .query_options import DEFAULT_DIALECT
from .schema import IndexDefinition

_FORMAT = 1


class Catalog:
    """Index name → feed, alias → index name.

    A change holds at once, and is on disk before it is acknowledged.
    """

    def __init__(self, path: Path, address: Address) -> None:
        self._file = DefinitionFile(path, self._content)
        self._flush: asyncio.Future[None] | None = None
        self._address = address
        self.feeds: dict[str, Feed] = {}
        self.aliases: dict[str, str] = {}
        self.dictionaries: dict[str, frozenset[str]] = {}
        self.cursors = Cursors()
        self.default_dialect = DEFAULT_DIALECT

    async def load(self) -> None:
        """Start the indexes that were defined when the process last ran.

        Raises:
            StartError: the file cannot be read as what it should be.
        """
        path = self._file.path
        if not path.exists():
            return
        try:
            data = json.loads(path.read_text())
            definitions = [IndexDefinition.from_json(each) for each in data["indexes"]]
            aliases = dict(data["aliases"])
            self.dictionaries = {name: frozenset(words) for name, words in data.get("dictionaries", {}).items()}
        except (ValueError, KeyError, TypeError) as error:
            raise StartError(f"{path} is damaged ({error}); move it away and define the indexes again") from error
        for definition in definitions:
            feed = Feed(definition, self._address, self._flushed)
            self.feeds[definition.name] = feed
        self.aliases = aliases
        await asyncio.gather(*(feed.follow() for feed in self.feeds.values()))

    async def _save(self) -> None:
        """Wait until what is defined now is on disk. A client that leaves meanwhile undoes nothing.

        Raises:
            CommandError: it could not be written.
        """
        await asyncio.shield(self._file.save())

    async def settle(self) -> None:
        """Wait until nothing is left to be written."""
        await self._file.settle()

    def _content(self) -> dict[str, Any]:
        return {
            "format": _FORMAT,
            "indexes": [feed.index.definition.to_json() for feed in self.feeds.values()],
            "aliases": self.aliases,
            "dictionaries": {name: sorted(words) for name, words in self.dictionaries.items()},
        }

    def close(self) -> None:
        for feed in self.feeds.values():
            feed.close()

    def _flushed(self) -> None:
        """FLUSHALL and FLUSHDB take the definitions with them, as in Redis."""
        if self.feeds or self.aliases or self.dictionaries:
            self.close()
            self.feeds.clear()
            self.aliases.clear()
            self.dictionaries.clear()
            self._flush = self._file.save()

    # ------------------------------------------------------------ lookups
    def get(self, name: str) -> Feed | None:
        """The index of that name, or the one behind that alias."""
        return self.feeds.get(self.aliases.get(name, name))

    async def synced(self, name: str, missing: str = "{name}: no such index") -> Feed:
        """An index in which every earlier write is visible.

        Raises:
            CommandError: there is no such index (with ``missing`` as its text), or it is not whole after a restart.
        """
        feed = self.get(name)
        if feed is None:
            raise CommandError(missing.format(name=name))
        self._require_whole(feed)
        await self._fence(feed)
        self._require_whole(feed)
        if self.get(name) is not feed:
            raise CommandError(missing.format(name=name))
        return feed

    @staticmethod
    def _require_whole(feed: Feed) -> None:
        if feed.restarted and not feed.complete:
            raise CommandError(
                f"LOADING redis_local is reading the documents of index {feed.name}: {feed.progress:.0%} done"
            )

    async def _fence(self, feed: Feed) -> None:
        """As :meth:`Feed.fence`, but a feed that a FLUSHALL ended meanwhile is no error."""
        try:
            await feed.fence()
        except ConnectionError:
            if self.feeds.get(feed.name) is feed:
                raise

    async def sync_flushes(self) -> None:
        """Notice a FLUSHALL that was acknowledged before: it removes every index, on disk too."""
        for feed in list(self.feeds.values()):
            if feed.complete or not feed.restarted:
                await self._fence(feed)
                break
        if self._flush is not None:
            with contextlib.suppress(CommandError):  # the next change is written with it, or refused
                await asyncio.shield(self._flush)

    # ------------------------------------------------------------ changes
    async def create(self, definition: IndexDefinition) -> None:
        """Add an index.

        Raises:
            CommandError: the name is taken.
        """
        if definition.name in self.feeds or definition.name in self.aliases:
            raise CommandError("Index already exists")
        self.feeds[definition.name] = feed = Feed(definition, self._address, self._flushed)
        try:
            await feed.start()
        except BaseException:
            feed.close()
            if self.feeds.get(definition.name) is feed:
                del self.feeds[definition.name]
            raise
        await self._save()

    async def replace(self, old: Feed, definition: IndexDefinition) -> None:
        """Put an index with further fields in the place of an old one once it has read every document.

        Raises:
            CommandError: the old one was dropped or altered meanwhile.
        """
        feed = Feed(definition, self._address, self._flushed)
        try:
            await feed.start()
            await feed.whole.wait()
            self._require_current(old)
        except BaseException:
            feed.close()
            raise
        old.close()
        self.feeds[definition.name] = feed
        await self._save()

    async def redefine(self, feed: Feed, definition: IndexDefinition) -> None:
        """Give an index a definition that differs in nothing that its documents are indexed by."""
        feed.index.definition = definition
        await self._save()

    async def set_dictionary(self, name: str, words: frozenset[str]) -> None:
        """Make a dictionary these words; one without words is none."""
        if words:
            self.dictionaries[name] = words
        else:
            self.dictionaries.pop(name, None)
        await self._save()

    async def drop(self, feed: Feed, delete_documents: bool) -> None:
        """Remove an index and the aliases that lead to it, and its documents if asked to."""
        if delete_documents:
            try:
                await feed.delete_documents()
            except ConnectionError:
                self._require_current(feed)  # whoever dropped it meanwhile has closed its connection
                raise
            self._require_current(feed)
        feed.close()
        del self.feeds[feed.name]
        self.aliases = {alias: name for alias, name in self.aliases.items() if name != feed.name}
        await self._save()

    def _require_current(self, feed: Feed) -> None:
        if self.feeds.get(feed.name) is not feed:
            raise CommandError(f"ERR index {feed.name} was dropped or altered by another client meanwhile")

    async def add_alias(self, alias: str, name: str, *, update: bool) -> None:
        """Point an alias at an index (or at the index behind another alias).

        Raises:
            CommandError: no such index, or the alias is taken and this is no update.
        """
        feed = self.get(name)
        if feed is None:
            raise CommandError(f"{name}: no such index")
        if alias in self.feeds:
            raise CommandError("Alias conflicts with an existing index name")
        if alias in self.aliases and not update:
            raise CommandError("Alias already exists")
        self.aliases[alias] = feed.name
        await self._save()

    async def remove_alias(self, alias: str) -> None:
        """Remove an alias.

        Raises:
            CommandError: there is no such alias.
        """
        if alias not in self.aliases:
            raise CommandError("Alias does not exist")
        del self.aliases[alias]
        await self._save()

    def reread(self) -> None:
        """Every key may have changed at once (SWAPDB): read all documents again."""
        for feed in self.feeds.values():
            feed.reread()
