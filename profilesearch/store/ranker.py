"""Queries, answered by ids and distances of people.

Where long texts have passages, there are two lists: whose whole text is near, and whose passages are. Both are asked for in one
round trip and are one list then, in which everybody has the least of their distances. It is exact for its first K: who is
among them by the whole text is among the K nearest whole texts, and the list of passages is asked for wider until it reaches
at least as far as the last of the K. So nobody is there twice, and K people come wherever the filter admits as many.
"""

from collections.abc import Sequence
from typing import Any

from . import command
from .query import Candidate, KnnQuery
from .search_index import Indexes
from .server import Server
from .versions.records import VersionRecord
from .wire.replies import Words

_WIDER = 8
MOST_PASSAGES_ASKED = 200_000
"""Beyond so many the list of passages is taken as it is: the whole texts still give as many people as are wanted."""

_Near = dict[str, Candidate]


class Ranker:
    """Ranks profiles by their index.

    Args:
        server: where it is.
    """

    def __init__(self, server: Server) -> None:
        self._server = server

    def rank(self, record: VersionRecord, query: KnnQuery, indexes: Indexes | None = None) -> list[Candidate]:
        """The best candidates first, equally good ones by id: one round trip, but for what passages need, see above.

        Args:
            record: the version.
            query: what to look for.
            indexes: other ones over its profiles.
        """
        return self.rank_beside(record, query, (), indexes)[0]

    def rank_beside(
        self, record: VersionRecord, query: KnnQuery, others: Sequence[Words], indexes: Indexes | None = None
    ) -> tuple[list[Candidate], list[Any]]:
        """What :meth:`rank` gives, and the replies to other commands that go with it in the same round trip."""
        if query.k < 1:
            return [], self._server.ask(others) if others else []
        indexes = indexes or Indexes.of(record)
        whole = command.search(indexes.whole, query)
        if indexes.passages is None:
            reply, *beside = self._server.ask([whole, *others])
            return _sorted(_whole_texts(record, reply)), beside
        width = command.FIRST_WIDTH * query.k
        reply, parts, *beside = self._server.ask(
            [whole, command.search_passages(indexes.passages, query, width), *others]
        )
        texts = _whole_texts(record, reply)
        while True:
            passages = _passages(record, parts)
            people = _sorted(_nearer(texts, self._admitted(record, query, passages)))[: query.k]
            if len(passages) < width or width >= MOST_PASSAGES_ASKED or _reaches(passages, people, query.k):
                return people, beside
            width *= _WIDER
            parts = self._server.ask([command.search_passages(indexes.passages, query, width)])[0]

    def _admitted(self, record: VersionRecord, query: KnnQuery, passages: Sequence[Candidate]) -> list[Candidate]:
        """Those passages whose profiles' texts a filter admits: passages have no words of their own in the index."""
        if not passages or not query.filter.reads_texts:
            return list(passages)
        keys = list(dict.fromkeys(record.key(passage.id) for passage in passages))
        reply = self._server.run(*command.those_of(record.index, query.filter.within(None), keys))
        admitted = {_id(record, key) for key in reply[1:]}
        return [passage for passage in passages if passage.id in admitted]


def _whole_texts(record: VersionRecord, reply: Sequence[Any]) -> list[Candidate]:
    # a key that is not UTF-8 keeps its place among the candidates, so that a reader can leave it out and count it
    return [Candidate(_id(record, key), float(fields[1])) for key, fields in zip(reply[1::2], reply[2::2], strict=True)]


def _passages(record: VersionRecord, reply: Sequence[Any]) -> list[Candidate]:
    """Passages with their distances, nearest first."""
    passages = []
    for key, fields in zip(reply[1::2], reply[2::2], strict=True):
        id_, number = record.collection.passage_of(record.version, key.decode(errors="surrogateescape"))
        passages.append(Candidate(id_, float(fields[1]), passage=number))
    return passages


def _nearer(texts: Sequence[Candidate], passages: Sequence[Candidate]) -> list[Candidate]:
    """Everybody once, with the least distance; where that is equal, the whole text and then the earlier passage."""
    people: _Near = {}
    for one in (*texts, *passages):
        known = people.get(one.id)
        if known is None or (one.score, one.passage) < (known.score, known.passage):
            people[one.id] = one
    return list(people.values())


def _reaches(passages: Sequence[Candidate], people: Sequence[Candidate], k: int) -> bool:
    """Whether no passage beyond the list could change who the first k are, or in which order."""
    return len(people) >= k and people[-1].score < passages[-1].score


def _sorted(candidates: Sequence[Candidate]) -> list[Candidate]:
    return sorted(candidates, key=lambda one: (one.score, one.id))


def _id(record: VersionRecord, key: bytes) -> str:
    return key[len(record.key("").encode()) :].decode(errors="surrogateescape")
