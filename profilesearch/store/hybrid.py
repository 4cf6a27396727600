"""Ranking by words, and by words and meaning in one query.

Redis 8.4 and later fuse both lists themselves (FT.HYBRID); of others, and for a fusion or a metric that these do not know,
both are asked for in one round trip and fused here, with the same result.
"""

from typing import Any

from ..words.ranked_lists import Fused, Scored, best_first, closeness, fuse
from . import command
from .query import Candidate, HybridQuery, WordQuery
from .ranker import Ranker
from .server import Server
from .versions.records import VersionRecord
from .wire.refusals import UnknownCommand
from .wire.replies import text


class HybridRanker:
    """Ranks the profiles of a version by words.

    Args:
        server: where they are.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self._ranker = Ranker(server)

    @property
    def server_fuses(self) -> bool:
        """Whether the server has FT.HYBRID; see :meth:`Server.has_hybrid`."""
        return self._server.has_hybrid()

    def by_words(self, record: VersionRecord, query: WordQuery) -> list[Candidate]:
        """Who has the words: ids and BM25 scores, best first, equal ones by id."""
        reply = self._server.run(*command.search_words(record.index, query))
        best = sorted(_word_scores(record, reply), key=lambda one: (-one.score, one.id))
        return [Candidate(id_, score, True) for id_, score in best]

    def by_both(self, record: VersionRecord, query: HybridQuery) -> list[Fused]:
        """Who has the words or is near in meaning, as one list: best first, equal ones by id."""
        if self.fuses_there(record, query):
            try:
                return self._fused_there(record, query)
            except UnknownCommand:
                self._server.lacks_hybrid()
        return self._fused_here(record, query)

    def fuses_there(self, record: VersionRecord, query: HybridQuery) -> bool:
        """Whether the server itself fuses a version's lists for a query.

        For cosine alone: of the inner product FT.HYBRID takes the distance for the similarity, and of L2 it makes another
        similarity than :func:`~.fusion.closeness`, for which weights are measured.
        """
        if record.passages:  # FT.HYBRID fuses hashes, of which a profile with passages has several
            return False
        if query.words.language:  # which FT.HYBRID cannot be told
            return False
        return query.fusion.on_server and record.vectors.metric == "cosine" and self.server_fuses

    def _fused_there(self, record: VersionRecord, query: HybridQuery) -> list[Fused]:
        reply = self._server.run(*command.hybrid(record.index, query))
        parts = dict(zip(map(text, reply[::2]), reply[1::2], strict=True))
        rows = [dict(zip(map(text, row[::2]), row[1::2], strict=True)) for row in parts["results"]]
        return best_first(
            [
                Fused(
                    _id(record, row["__key"]),
                    float(row[command.BOTH]),
                    _number(row.get(command.WORDS)),
                    _number(row.get(command.MEANING)),
                )
                for row in rows
            ]
        )

    def _fused_here(self, record: VersionRecord, query: HybridQuery) -> list[Fused]:
        asked = command.search_words(record.index, query.words)
        near, (words,) = self._ranker.rank_beside(record, query.near, [asked])
        metric = record.vectors.metric
        distances = [Scored(one.id, closeness(one.score, metric)) for one in near]
        passages = {one.id: one.passage for one in near if one.passage}
        fused = fuse(query.fusion, _word_scores(record, words), distances)
        return [one._replace(passage=passages.get(one.id, 0)) for one in fused] if passages else fused


def _word_scores(record: VersionRecord, reply: list[Any]) -> list[Scored]:
    return [Scored(_id(record, key), float(score)) for key, score in zip(reply[1::2], reply[2::2], strict=True)]


def _id(record: VersionRecord, key: bytes) -> str:
    return key[len(record.key("").encode()) :].decode(errors="surrogateescape")


def _number(value: bytes | None) -> float | None:
    return None if value is None else float(value)
