"""docs/redis-local.md lists what is supported and what is not, and the code does both."""

import re
from pathlib import Path

import pytest

import redis
from redis_local.commands import COMMANDS, NOT_SUPPORTED
from redis_local.search_options import _NOT_SUPPORTED as SEARCH_OPTIONS

PAGE = (Path(__file__).parents[2] / "docs" / "redis-local.md").read_text()
SUPPORTED, REFUSED = PAGE.split("| not supported")


def listed(part: str) -> set[str]:
    return set(re.findall(r"`((?:FT\.|MODULE |COMMAND )[A-Z_ ]+)`", part[part.index("| ") :]))


def test_supported_commands_are_the_commands_there_are() -> None:
    told = {name.split()[0] for name in listed(SUPPORTED[SUPPORTED.index("| supported |") :])}
    assert told == set(COMMANDS)


def test_refused_commands_are_the_ones_listed() -> None:
    assert listed(REFUSED) == set(NOT_SUPPORTED)


@pytest.mark.parametrize("name", NOT_SUPPORTED)
def test_a_refusal_says_so(local: redis.Redis, name: str) -> None:
    with pytest.raises(redis.ResponseError, match="not supported by redis_local"):
        local.execute_command(*name.split(), "a", "b")


@pytest.mark.parametrize("option", [option for option in SEARCH_OPTIONS if option in REFUSED])
def test_refused_search_options(local: redis.Redis, option: str) -> None:
    local.execute_command("FT.CREATE", "i", "SCHEMA", "t", "TEXT")
    with pytest.raises(redis.ResponseError, match=f"{option} is not supported by redis_local"):
        local.execute_command("FT.SEARCH", "i", "*", option, "1")


@pytest.mark.parametrize(
    "create",
    ["ON JSON SCHEMA t TAG", "TEMPORARY 5 SCHEMA t TAG", "SCHEMA g GEOSHAPE"],
)
def test_refused_schemas(local: redis.Redis, create: str) -> None:
    with pytest.raises(redis.ResponseError, match="not supported by redis_local"):
        local.execute_command("FT.CREATE", "i", *create.split())
    assert local.execute_command("FT._LIST") == []


@pytest.mark.parametrize(
    "step", ["GROUPBY 1 @t REDUCE HLL 1 @n", "WITHSCORES", "WITHCOUNT", "WITHOUTCOUNT", "PAYLOAD x"]
)
def test_refused_steps(local: redis.Redis, step: str) -> None:
    local.execute_command("FT.CREATE", "i", "SCHEMA", "t", "TAG", "n", "NUMERIC")
    with pytest.raises(redis.ResponseError, match="not supported by redis_local"):
        local.execute_command("FT.AGGREGATE", "i", "*", *step.split())


def test_every_option_of_search_listed_as_supported_is_taken(local: redis.Redis) -> None:
    local.execute_command("FT.CREATE", "i", "PREFIX", "1", "p:", "SCHEMA", "t", "TEXT", "n", "NUMERIC", "SORTABLE")
    local.hset("p:1", mapping={"t": "hello world", "n": 3})
    reply = local.execute_command(
        "FT.SEARCH", "i", "hello", "VERBATIM", "WITHSCORES", "WITHSORTKEYS", "FILTER", "n", "1", "(4", "INKEYS", "2", "p:1",
        "p:2", "INFIELDS", "1", "t", "RETURN", "3", "n", "AS", "m", "SORTBY", "n", "DESC", "LIMIT", "0", "5", "TIMEOUT", "100",
        "SCORER", "BM25STD", "LANGUAGE", "english", "PARAMS", "2", "a", "b", "DIALECT", "2",
    )  # fmt: skip
    assert reply[0] == 1 and reply[1] == b"p:1" and float(reply[2]) > 0 and reply[3:] == [b"#3", [b"m", b"3"]]
