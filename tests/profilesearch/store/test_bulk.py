"""Commands in bulk: all done, in order, whatever happens to the connection."""

import inspect

import pytest

import redis
from profilesearch.store import Server
from profilesearch.store.batches import in_parts
from profilesearch.store.wire.bulk import BulkWriter, ask
from tests.redis_local.wire import pack


@pytest.fixture
def ours(server: Server) -> redis.Redis:
    """The application's client, on an empty Redis."""
    return server._client


def test_what_bulk_needs_of_redis_py_is_there(ours: redis.Redis) -> None:
    """These are not promised by redis-py's documents: if one is gone, :mod:`profilesearch.store.wire.bulk` must change."""
    pool = ours.connection_pool
    for owner, name, parameters in [
        (pool, "get_connection", ()),
        (pool, "release", ("connection",)),
        (pool.connection_class, "send_packed_command", ("command",)),
        (pool.connection_class, "read_response", ()),
        (pool.connection_class, "disconnect", ()),
        (ours.get_retry(), "call_with_retry", ("do", "fail")),
    ]:
        method = getattr(owner, name, None)
        assert callable(method), f"redis-py {redis.__version__} has no {type(owner).__name__}.{name} any more"
        signature = inspect.signature(method)
        for parameter in parameters:
            assert parameter in signature.parameters, (
                f"redis-py {redis.__version__}: {name}{signature} lacks {parameter}"
            )
        required = [
            each.name
            for each in signature.parameters.values()
            if each.default is each.empty and each.kind is each.POSITIONAL_OR_KEYWORD and each.name != "self"
        ]
        assert set(required) <= set(parameters), f"redis-py {redis.__version__}: {name}{signature} wants {required}"
    connection = pool.get_connection()
    try:
        assert callable(getattr(connection.retry, "call_with_retry", None)), "a connection has no retry any more"
        connection.send_packed_command([pack(("ECHO", b"\xff", 1, 1.5)[:2])])
        assert connection.read_response() == b"\xff", "a packed command was not sent as it is"
        connection.send_packed_command([pack(("NOTHING",))])
        with pytest.raises(redis.ResponseError):
            connection.read_response()
    finally:
        pool.release(connection)


def names(client: redis.Redis) -> list[str]:
    return sorted(key.decode() for key in client.keys())


def test_every_batch_is_done_once_finish_returns(ours: redis.Redis, client: redis.Redis) -> None:
    with BulkWriter(ours) as writer:
        for batch in range(40):
            writer.send([("RPUSH", "list", str(batch), 1.5, "é", b"\xff\r\n", 7)])
            assert writer.done >= batch - 8
        writer.finish()
        assert writer.done == 40
    expected = [word for batch in range(40) for word in (str(batch).encode(), b"1.5", "é".encode(), b"\xff\r\n", b"7")]
    assert client.lrange("list", 0, -1) == expected


def test_an_error_is_raised_and_the_connection_stays_in_order(ours: redis.Redis, client: redis.Redis) -> None:
    client.set("text", "not a hash")
    with pytest.raises(redis.ResponseError, match="WRONGTYPE"), BulkWriter(ours) as writer:
        writer.send([("HSET", "a", "x", 1), ("HSET", "text", "x", 1), ("HSET", "b", "x", 1)])
        writer.finish()
    assert names(client) == ["a", "b", "text"]
    assert ours.get("text") == b"not a hash" and ours.ping() is True


def test_what_was_unanswered_is_sent_again_over_a_new_connection(ours: redis.Redis, client: redis.Redis) -> None:
    with BulkWriter(ours) as writer:
        for batch in range(30):
            writer.send([("HSET", f"{batch:02}:{row}", "value", "x" * 2000) for row in range(50)])
            if batch % 7 == 3:
                client.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        writer.finish()
    assert names(client) == [f"{batch:02}:{row}" for batch in range(30) for row in sorted(range(50), key=str)]


def test_a_transaction_that_a_watched_key_ended_is_sent_again(ours: redis.Redis, client: redis.Redis) -> None:
    """Until it is done; batches after it come after it."""
    change = "if redis.call('INCR', KEYS[1]) < 4 then redis.call('INCR', KEYS[2]) end"
    with BulkWriter(ours) as writer:
        for batch in range(5):
            watched = [("WATCH", "watched"), ("EVAL", change, 2, f"tries{batch}", "watched"), ("MULTI",)]
            writer.send([*watched, ("SADD", "set", str(batch)), ("RPUSH", "list", str(batch)), ("EXEC",)])
        writer.finish()
    assert client.scard("set") == writer.done == 5
    assert client.lindex("list", -1) == b"4" and int(client.get("tries0")) >= 4


def test_parts_are_bounded_by_their_number_and_their_size() -> None:
    sizes = [1, 1, 1, 9_000_000, 1, 5_000_000, 5_000_000, 2]
    assert list(in_parts(sizes, 2, int)) == [[1, 1], [1], [9_000_000], [1, 5_000_000], [5_000_000, 2]]
    assert list(in_parts([], 2, int)) == []


def test_a_writer_left_by_an_error_hands_back_a_clean_connection(ours: redis.Redis, client: redis.Redis) -> None:
    with pytest.raises(ZeroDivisionError), BulkWriter(ours) as writer:
        writer.send([("SET", "a", "1")])
        raise ZeroDivisionError
    assert ours.get("nothing") is None and ours.ping() is True


def test_replies_come_in_order_and_an_error_leaves_the_connection_in_order(
    ours: redis.Redis, client: redis.Redis
) -> None:
    client.hset("a", mapping={"x": "1", "y": "é"})
    assert ask(ours, [("HMGET", "a", "x", "z"), ("HGET", "a", "y"), ("GET", "nothing")]) == [
        [b"1", None], "é".encode(), None
    ]  # fmt: skip
    with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
        ask(ours, [("GET", "a"), ("HGET", "a", "x")])
    assert ours.hget("a", "x") == b"1" and ask(ours, []) == []
