"""Profiles of a version, read: some, one, or all of them."""

import contextlib
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from ..embedding import TokenVectors, pooled_tokens
from ..errors import StoreError, UnknownProfile
from ..passages import Place, passage_count
from ..row import LANGUAGE, PASSAGE_COUNT, TOKENS
from ..tags import split_tags
from ..vectors import Vectors
from .batches import batches
from .query import Candidate, Hit
from .server import Server
from .versions.records import VersionRecord
from .wire.replies import is_utf8, text

PASSAGE_FIELDS = ("_start", "_end", "cluster")
"""Of a passage's hash: its place in the text, and its cluster."""

log = logging.getLogger(__name__)


class ProfileReader:
    """Reads profiles.

    Args:
        server: where they are.
    """

    def __init__(self, server: Server) -> None:
        self._server = server

    def read(self, record: VersionRecord, candidates: Sequence[Candidate]) -> list[Hit]:
        """The profiles behind candidates, in their order, each with the passage that was nearest, in one round trip.

        One that was deleted meanwhile, or that is damaged, is left out; the log names the damaged ones.
        """
        readable = [candidate for candidate in candidates if is_utf8(candidate.id)]
        if len(readable) < len(candidates):
            log.warning("version %s: %d keys are not UTF-8", record.version, len(candidates) - len(readable))
        if not readable:
            return []
        collection, fields = record.collection, record.fields
        language = [LANGUAGE] if record.languages else []
        names = [collection.title, collection.text, "cluster", *fields.tags, *fields.numbers, *language]
        near = [candidate for candidate in readable if candidate.passage]
        commands = [("HMGET", record.key(candidate.id), *names) for candidate in readable]
        commands += [("HMGET", record.passage_key(one.id, one.passage), *PASSAGE_FIELDS) for one in near]
        replies = self._server.ask(commands)
        passages = {one.id: values for one, values in zip(near, replies[len(readable) :], strict=True)}
        hits = []
        for candidate, values in zip(readable, replies[: len(readable)], strict=True):
            if values[1] is None:
                continue
            try:
                data = {name: value for name, value in zip(names, values, strict=True) if value is not None}
                hits.append(_with_passage(_hit(record, candidate, data), passages.get(candidate.id)))
            except ValueError as error:
                log.warning("%s is damaged: %s", record.key(candidate.id), error)
        return hits

    def one(self, record: VersionRecord, id_: str) -> tuple[Hit, Vectors]:
        """One profile and its ``(dim,)`` vector.

        Raises:
            UnknownProfile: there is none with this id, or it is damaged.
        """
        data = self._server.run("HGETALL", record.key(id_)) if is_utf8(id_) else {}
        if not data:
            raise UnknownProfile("id", f"no profile has the id {id_!r}")
        try:
            vector = record.vectors.from_bytes(data.pop(b"embedding", b""))
            values = {text(name): value for name, value in data.items()}
            return _hit(record, Candidate(id_, 0.0), values), vector
        except ValueError as error:
            raise UnknownProfile(
                "id", f"the profile with the id {id_!r} is damaged in Redis ({error}): sync or build writes it again"
            ) from error

    def vectors(self, record: VersionRecord, ids: Sequence[str]) -> dict[str, Vectors]:
        """The ``(dim,)`` vectors of some profiles by id, in one round trip; those that are gone or damaged are left out."""
        readable = [id_ for id_ in ids if is_utf8(id_)]
        if not readable:
            return {}
        replies = self._server.ask([("HGET", record.key(id_), "embedding") for id_ in readable])
        vectors = {}
        for id_, data in zip(readable, replies, strict=True):
            with contextlib.suppress(ValueError):
                vectors[id_] = record.vectors.from_bytes(data or b"")
        return vectors

    def passage_vectors(self, record: VersionRecord, ids: Sequence[str]) -> dict[str, Vectors]:
        """The ``(passages, dim)`` vectors of some profiles' passages by id, in their order; none of those without any."""
        readable = [id_ for id_ in ids if record.passages and is_utf8(id_)]
        counts = self._server.ask([("HGET", record.key(id_), PASSAGE_COUNT) for id_ in readable]) if readable else []
        amounts = {id_: passage_count(count) for id_, count in zip(readable, counts, strict=True)}
        keys = [(id_, record.passage_key(id_, n + 1)) for id_, amount in amounts.items() for n in range(amount)]
        replies = self._server.ask([("HGET", key, "embedding") for _, key in keys]) if keys else []
        vectors: dict[str, list[Vectors]] = {}
        for (id_, _), data in zip(keys, replies, strict=True):
            with contextlib.suppress(ValueError):
                vectors.setdefault(id_, []).append(record.vectors.from_bytes(data or b""))
        return {id_: np.stack(some) for id_, some in vectors.items()}

    def nearest_passage(self, record: VersionRecord, id_: str, vector: Vectors) -> Place | None:
        """Where that passage of a profile stands which is nearest to a ``(dim,)`` vector; None if it has none.

        Raises:
            StoreError: a passage is damaged.
        """
        amount = passage_count(self._server.run("HGET", record.key(id_), PASSAGE_COUNT)) if record.passages else 0
        keys = [record.passage_key(id_, number + 1) for number in range(amount)]
        replies = self._server.ask([("HMGET", key, "embedding", *PASSAGE_FIELDS[:2]) for key in keys]) if keys else []
        near: list[tuple[float, Place]] = []
        for key, (embedding, start, end) in zip(keys, replies, strict=True):
            if None in (embedding, start, end):
                continue  # removed meanwhile
            try:
                passage = record.vectors.from_bytes(embedding)
                near.append((record.vectors.distance(vector, passage), Place(int(start), int(end))))
            except ValueError as error:
                raise StoreError(f"{key} is damaged in Redis ({error}): sync or build writes it again") from error
        return min(near)[1] if near else None

    def tokens(self, record: VersionRecord, ids: Sequence[str]) -> dict[str, TokenVectors]:
        """The token vectors of some profiles by id, as whole numbers, in one round trip; none of those that have none."""
        readable = [id_ for id_ in ids if record.token_vectors and is_utf8(id_)]
        replies = self._server.ask([("HGET", record.key(id_), TOKENS) for id_ in readable]) if readable else []
        tokens = {}
        for id_, data in zip(readable, replies, strict=True):
            with contextlib.suppress(ValueError):
                tokens[id_] = pooled_tokens.from_bytes(data or b"", record.vectors.model_shape[0])
        return tokens

    def ids(self, record: VersionRecord) -> list[str]:
        """The id of every profile of a version, in no order."""
        return [id_ for id_, _ in self.each(record)]

    def each(self, record: VersionRecord, *names: str) -> Iterator[tuple[str, list[bytes | None]]]:
        """Every profile of a version, in no order: its id, and the named fields of its hash.

        Keys that are not UTF-8 are left out: no source can have such an id.
        """
        prefix = len(record.key("").encode())
        for batch in batches(key for key in self._server.scan(record.key("")) if is_utf8(key)):
            ids = [key[prefix:].decode() for key in batch]
            if names:
                yield from zip(ids, self._server.ask([("HMGET", key, *names) for key in batch]), strict=True)
            else:
                yield from ((id_, []) for id_ in ids)

    def digests(self, record: VersionRecord, ids: Sequence[str]) -> list[str | None]:
        """The digest of each profile's row; None for those that are not there."""
        digests: list[str | None] = []
        for batch in batches(ids):
            replies = self._server.ask([("HGET", record.key(id_), "digest") for id_ in batch])
            digests += [None if digest is None else text(digest) for digest in replies]
        return digests


def _with_passage(hit: Hit, values: Sequence[bytes | None] | None) -> Hit:
    """A hit with the place and the cluster of the passage it was found by; without, if the passage is gone by now."""
    if values is None or None in values:
        return hit
    start, end, cluster = (int(value or b"") for value in values)
    return replace(hit, passage=Place(start, end), passage_cluster=cluster)


def _hit(record: VersionRecord, candidate: Candidate, values: Mapping[str, bytes]) -> Hit:
    return Hit(
        id=candidate.id,
        score=candidate.score,
        title=text(values.get(record.collection.title, b"")),
        text=text(values.get(record.collection.text, b"")),
        cluster=int(values.get("cluster") or b"-1"),
        tags={name: split_tags(text(values[name])) for name in record.fields.tags if values.get(name)},
        numbers={name: float(values[name]) for name in record.fields.numbers if values.get(name)},
        language=text(values[LANGUAGE]) if LANGUAGE in values else None,
    )
