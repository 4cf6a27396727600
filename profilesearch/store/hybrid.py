"""Ranking by words, and by words and meaning in one query.

Redis 8.4 and later fuse both lists themselves (FT.HYBRID); of others, and for a fusion that these do not know, both are
asked for in one round trip and fused here, with the same result.
"""

from typing import Any

import redis

from . import command
from .bulk import ask
from .connection import Client, text, translated
from .fusion import Fused, Scored, best_first, closeness, fuse
from .query import Candidate, HybridQuery, WordQuery
from .record import VersionRecord


class HybridRanker:
    """Ranks the profiles of a version by words.

    Args:
        client: a client, as from ``connect``.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._fuses: bool | None = None

    @property
    def server_fuses(self) -> bool:
        """Whether the server has FT.HYBRID; asked once.

        Raises:
            RedisUnavailable: it cannot be asked.
        """
        if self._fuses is None:
            self._fuses = self._answers_hybrid()
        return self._fuses

    def _answers_hybrid(self) -> bool:
        with translated():
            try:
                self._client.execute_command("FT.HYBRID")
            except redis.exceptions.ResponseError as error:
                return "unknown command" not in str(error).lower()
        return True

    def by_words(self, record: VersionRecord, query: WordQuery) -> list[Candidate]:
        """Who has the words: ids and BM25 scores, best first, equal ones by id."""
        with translated():
            reply = self._client.execute_command(*command.search_words(record.index, query))
        found = _word_scores(record, reply)
        return [Candidate(id_, score, True) for id_, score in sorted(found, key=lambda one: (-one.score, one.id))]

    def by_both(self, record: VersionRecord, query: HybridQuery) -> list[Fused]:
        """Who has the words or is near in meaning, as one list: best first, equal ones by id."""
        # for the inner product FT.HYBRID takes the distance for the similarity
        if query.fusion.on_server and record.vectors.metric != "ip" and self.server_fuses:
            return self._fused_there(record, query)
        return self._fused_here(record, query)

    def _fused_there(self, record: VersionRecord, query: HybridQuery) -> list[Fused]:
        with translated():
            reply = self._client.execute_command(*command.hybrid(record.index, query))
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
        commands = [command.search(record.index, query.near), command.search_words(record.index, query.words)]
        with translated():
            near, words = ask(self._client, commands)
        metric = record.vectors.metric
        distances = [
            Scored(_id(record, key), closeness(float(fields[1]), metric))
            for key, fields in zip(near[1::2], near[2::2], strict=True)
        ]
        return fuse(query.fusion, _word_scores(record, words), distances)


def _word_scores(record: VersionRecord, reply: list[Any]) -> list[Scored]:
    return [Scored(_id(record, key), float(score)) for key, score in zip(reply[1::2], reply[2::2], strict=True)]


def _id(record: VersionRecord, key: bytes) -> str:
    return key[len(record.key("").encode()) :].decode(errors="surrogateescape")


def _number(value: bytes | None) -> float | None:
    return None if value is None else float(value)
