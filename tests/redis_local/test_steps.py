"""Cursors and bounds of FT.AGGREGATE's steps, and what else of the Query Engine outlives a restart."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import redis
from redis_local.pipeline.expression import parse_expression
from redis_local.pipeline.values import MAX_RESULT
from redis_local.query.limits import MAX_BYTES, MAX_EXPRESSION_DEPTH
from tests.servers import redis_local


@pytest.fixture
def index(client: redis.Redis) -> Iterator[redis.Redis]:
    client.execute_command("FT.CREATE", "i", "PREFIX", "1", "p:", "SCHEMA", "n", "NUMERIC", "SORTABLE", "t", "TEXT")
    with client.pipeline(transaction=False) as pipeline:
        for number in range(25):
            pipeline.hset(f"p:{number}", mapping={"n": number, "t": f"word{number}"})
        pipeline.execute()
    yield client


def rows(reply: Any) -> list[dict[bytes, bytes]]:
    if isinstance(reply, dict):
        return [row[b"extra_attributes"] for row in reply[b"results"]]
    return [dict(zip(row[::2], row[1::2], strict=True)) for row in reply[1:]]


def ask(client: redis.Redis, *words: str) -> Any:
    return client.execute_command("FT.AGGREGATE", "i", "*", *words)


def test_a_cursor_reads_on_to_the_end(index: redis.Redis) -> None:
    reply, cursor = ask(index, "SORTBY", "1", "@n", "MAX", "25", "WITHCURSOR", "COUNT", "10")
    numbers = [int(row[b"n"]) for row in rows(reply)]
    while cursor:
        reply, cursor = index.execute_command("FT.CURSOR", "READ", "i", cursor, "COUNT", "7")
        numbers += [int(row[b"n"]) for row in rows(reply)]
    assert numbers == list(range(25))


def test_a_cursor_keeps_what_was_found(index: redis.Redis) -> None:
    _, cursor = ask(index, "LOAD", "1", "@n", "WITHCURSOR", "COUNT", "5")
    index.delete("p:24")
    reply, cursor = index.execute_command("FT.CURSOR", "READ", "i", cursor, "COUNT", "100")
    assert len(rows(reply)) == 20 and cursor == 0


def test_a_cursor_that_is_gone(index: redis.Redis) -> None:
    _, cursor = ask(index, "WITHCURSOR", "COUNT", "5")
    index.execute_command("FT.CURSOR", "DEL", "i", cursor)
    with pytest.raises(redis.ResponseError, match="Cursor not found"):
        index.execute_command("FT.CURSOR", "READ", "i", cursor)
    _, brief = ask(index, "WITHCURSOR", "COUNT", "5", "MAXIDLE", "1")
    started = time.monotonic()
    while time.monotonic() - started < 0.002:
        pass
    with pytest.raises(redis.ResponseError, match="Cursor does not exist"):
        index.execute_command("FT.CURSOR", "DEL", "i", brief)


def test_a_cursor_ends_with_its_index(index: redis.Redis) -> None:
    _, cursor = ask(index, "WITHCURSOR", "COUNT", "5")
    index.execute_command("FT.DROPINDEX", "i")
    index.execute_command("FT.CREATE", "i", "PREFIX", "1", "p:", "SCHEMA", "n", "NUMERIC")
    with pytest.raises(redis.ResponseError, match="Cursor not found"):
        index.execute_command("FT.CURSOR", "READ", "i", cursor)


def test_cursors_are_bounded(index: redis.Redis) -> None:
    with pytest.raises(redis.ResponseError, match="too many cursors are open"):
        for _ in range(1000):
            ask(index, "WITHCURSOR", "COUNT", "1")


def test_a_long_aggregation_leaves_a_cursor_too(index: redis.Redis) -> None:
    """It is answered in a process of its own, and read on here."""
    slow = "+".join(["strlen(format('%s%s', @t, @t))"] * 700)
    reply, cursor = ask(index, "LOAD", "1", "@t", "APPLY", slow, "AS", "size", "WITHCURSOR", "COUNT", "20")
    assert len(rows(reply)) == 20
    reply, cursor = index.execute_command("FT.CURSOR", "READ", "i", cursor)
    assert len(rows(reply)) == 5 and cursor == 0


def test_a_text_cannot_be_doubled_for_ever(index: redis.Redis) -> None:
    doubling = ["APPLY", "format('%s%s', @t, @t)", "AS", "t"] * 40
    with pytest.raises(redis.ResponseError, match=f"more than {MAX_RESULT} bytes"):
        ask(index, "LOAD", "1", "@t", *doubling)


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("APPLY", "(" * (MAX_EXPRESSION_DEPTH + 1) + "1" + ")" * (MAX_EXPRESSION_DEPTH + 1)), "Parser stack overflow"),
        (("APPLY", "1" * (MAX_BYTES + 1)), "Query is too large"),
        (("FILTER", "1+" * 6000 + "1"), "Query is too large"),
        (("FILTER", "1") * 65, "at most 64 steps"),
        (("GROUPBY", "0", "REDUCE", "RANDOM_SAMPLE", "2", "@n", "1001"), "Sample size too large"),
    ],
)
def test_steps_are_bounded(index: redis.Redis, words: tuple[str, ...], error: str) -> None:
    with pytest.raises(redis.ResponseError, match=error):
        ask(index, *words)


def test_a_long_chain_of_operations_is_no_deep_one() -> None:
    parse_expression(b"1" + b" + 1" * 4000)


def test_random_samples_are_values_of_the_group(index: redis.Redis) -> None:
    reply = ask(index, "GROUPBY", "0", "REDUCE", "RANDOM_SAMPLE", "2", "@n", "7", "AS", "some")
    some = [int(value) for value in rows(reply)[0][b"some"]]
    assert len(set(some)) == 7 and set(some) <= set(range(25))


def test_languages_rules_and_words_outlive_a_restart(tmp_path: Path) -> None:
    with redis_local(tmp_path) as server, server.client() as client:
        client.execute_command(
            "FT.CREATE", "i", "PREFIX", "1", "p:", "LANGUAGE", "german", "LANGUAGE_FIELD", "l", "FILTER", "@n > 1",
            "SCHEMA", "t", "TEXT",
        )  # fmt: skip
        client.execute_command("FT.SYNUPDATE", "i", "group", "auto", "wagen")
        client.execute_command("FT.DICTADD", "words", "one", "two")
        client.hset("p:1", mapping={"t": "häuser", "n": 2})
        client.hset("p:2", mapping={"t": "häuser", "n": 1})
        client.hset("p:3", mapping={"t": "maisons", "n": 2, "l": "french"})
        client.hset("p:4", mapping={"t": "wagen", "n": 2})
    with redis_local(tmp_path) as server, server.client() as client:
        found = {word: search_when_loaded(client, word) for word in ("haus", "auto")}
        assert found == {"haus": [1, b"p:1"], "auto": [1, b"p:4"]}
        assert client.execute_command("FT.SEARCH", "i", "maison", "NOCONTENT", "LANGUAGE", "french") == [1, b"p:3"]
        assert client.execute_command("FT.DICTDUMP", "words") == [b"one", b"two"]


def search_when_loaded(client: redis.Redis, query: str) -> Any:
    while True:
        try:
            return client.execute_command("FT.SEARCH", "i", query, "NOCONTENT")
        except redis.exceptions.BusyLoadingError:
            pass


@pytest.mark.parametrize(
    ("direction", "order"), [("ASC", ["s:1", "s:3", "s:2", "s:4"]), ("DESC", ["s:3", "s:1", "s:4", "s:2"])]
)
def test_equal_rows_come_in_the_order_of_their_documents_or_against_it(
    client: redis.Redis, direction: str, order: list[str]
) -> None:
    """What has no value comes last, whatever the direction."""
    client.execute_command("FT.CREATE", "i", "PREFIX", "1", "s:", "SCHEMA", "n", "NUMERIC", "t", "TAG")
    for key, values in {"s:1": {"n": 1}, "s:2": {"t": "x"}, "s:3": {"n": 1}, "s:4": {"t": "y"}}.items():
        client.hset(key, mapping=values)
    reply = ask(client, "LOAD", "1", "@__key", "SORTBY", "2", "@n", direction)
    assert [row[b"__key"].decode() for row in rows(reply)] == order


def test_case_sensitive_tags_are_sorted_as_they_are(client: redis.Redis) -> None:
    """SORTABLE without UNF folds other texts and tags."""
    client.execute_command(
        "FT.CREATE", "i", "PREFIX", "1", "s:", "SCHEMA",
        "c", "TAG", "CASESENSITIVE", "SORTABLE", "f", "TAG", "SORTABLE",
    )  # fmt: skip
    for number, word in enumerate(["a", "B", "Ä"]):
        client.hset(f"s:{number}", mapping={"c": word, "f": word})
    as_is, folded = (
        [
            row[name].decode()
            for row in rows(ask(client, "GROUPBY", "1", f"@{name.decode()}", "SORTBY", "1", f"@{name.decode()}"))
        ]
        for name in (b"c", b"f")
    )
    assert (as_is, folded) == (["B", "a", "Ä"], ["a", "b", "ä"])
