"""The ordinary clients work unmodified: redis-py, redisvl, redis-om, redis-cli."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from redis.commands.search.aggregation import AggregateRequest
from redis.commands.search.field import NumericField, TagField, TextField, VectorField
from redis.commands.search.index_definition import IndexDefinition, IndexType
from redis.commands.search.query import Query
from redis.commands.search.reducers import avg, count
from redisvl.index import SearchIndex
from redisvl.query import CountQuery, FilterQuery, VectorQuery, VectorRangeQuery
from redisvl.query.filter import Num, Tag, Text

import redis
from tests.servers import RedisLocal

VECTORS = np.eye(4, dtype=np.float32)


def test_redis_py(client: redis.Redis) -> None:
    index = client.ft("people")
    vector = {"TYPE": "FLOAT32", "DIM": 4, "DISTANCE_METRIC": "COSINE"}
    index.create_index(
        [TextField("name"), TagField("team"), NumericField("age", sortable=True), VectorField("v", "HNSW", vector)],
        definition=IndexDefinition(prefix=["person:"], index_type=IndexType.HASH),
    )
    for number, team in enumerate(["red", "blue", "red", "green"]):
        client.hset(f"person:{number}", mapping={"name": f"walker {number}", "team": team, "age": 20 + number,
                                                 "v": VECTORS[number].tobytes()})  # fmt: skip
    query = Query("(@team:{red})=>[KNN 2 @v $vec AS score]").sort_by("score").return_fields("team", "score").dialect(2)
    documents = _ids(index.search(query, {"vec": VECTORS[2].tobytes()}))
    assert documents == ["person:2", "person:0"]
    assert _ids(index.search(Query("walking").verbatim())) == []
    assert _total(index.search(Query("walkers"))) == 4
    rows = index.aggregate(AggregateRequest("*").group_by("@team", count().alias("n"), avg("@age").alias("mean")))
    assert len(rows.rows if hasattr(rows, "rows") else _map(rows)["results"]) == 3
    info = _map(index.info())
    assert int(info["num_docs"]) == 4
    assert "people" in [
        name.decode() if isinstance(name, bytes) else name for name in client.execute_command("FT._LIST")
    ]
    index.aliasadd("folk")
    assert _total(client.ft("folk").search(Query("*"))) == 4
    index.dropindex(delete_documents=True)
    assert client.dbsize() == 0


def _map(reply: dict[str, Any]) -> dict[str, Any]:
    return {name.decode() if isinstance(name, bytes) else name: value for name, value in reply.items()}


def _total(result: Any) -> int:
    return int(result.total if hasattr(result, "total") else _map(result)["total_results"])


def _ids(result: Any) -> list[str]:
    if hasattr(result, "docs"):
        return [document.id for document in result.docs]
    ids = [_map(row)["id"] for row in _map(result)["results"]]
    return [id_.decode() if isinstance(id_, bytes) else id_ for id_ in ids]


SCHEMA = {
    "index": {"name": "vl", "prefix": "vl:", "storage_type": "hash"},
    "fields": [
        {"name": "city", "type": "tag"},
        {"name": "years", "type": "numeric"},
        {"name": "about", "type": "text"},
        {"name": "v", "type": "vector",
         "attrs": {"dims": 4, "distance_metric": "cosine", "algorithm": "flat", "datatype": "float32"}},
    ],
}  # fmt: skip


def test_redisvl(server: RedisLocal) -> None:
    with server.client() as client:
        client.flushall()
        index = SearchIndex.from_dict(SCHEMA, redis_client=client)
        index.create(overwrite=True)
        assert index.exists()
        cities = ["São Paulo", "New York", "Zürich", "a-b; c|d"]
        index.load([
            {"id": str(n), "city": city, "years": n, "about": f"person number {n}", "v": VECTORS[n].tobytes()}
            for n, city in enumerate(cities)
        ], id_field="id")  # fmt: skip
        for number, city in enumerate(cities):
            query = VectorQuery(VECTORS[0].tolist(), "v", return_fields=["city"], filter_expression=Tag("city") == city)
            assert [row["id"] for row in index.query(query)] == [f"vl:{number}"]
        both = (Num("years") >= 2) & (Text("about") % "person")
        found = index.query(FilterQuery(return_fields=["city"], filter_expression=both))
        assert {row["id"] for row in found} == {"vl:2", "vl:3"}
        within = VectorRangeQuery(VECTORS[1].tolist(), "v", distance_threshold=0.2, return_fields=["city"])
        assert [row["id"] for row in index.query(within)] == ["vl:1"]
        assert index.query(CountQuery(Tag("city") != "Zürich")) == 3
        assert index.info()["num_docs"] == 4
        index.delete(drop=True)
        assert not index.exists()


OM = """
import sys
from redis_om import Field, HashModel, Migrator

class Person(HashModel, index=True):
    name: str = Field(index=True)
    city: str = Field(index=True)
    age: int = Field(index=True, sortable=True)

Migrator().run()
for name, city, age in (("Ana", "São Paulo", 30), ("Ben", "New York", 40), ("Cy", "New York", 50)):
    Person(name=name, city=city, age=age).save()
assert [p.name for p in Person.find(Person.city == "New York").sort_by("age").all()] == ["Ben", "Cy"]
assert Person.find(Person.age > 35).count() == 2
assert Person.find((Person.city == "São Paulo") | (Person.age == 50)).count() == 2
assert Person.find(Person.name == "Ana").first().age == 30
assert len(list(Person.all_pks())) == 3
print("ok")
"""


def test_redis_om(server: RedisLocal) -> None:
    """The Migrator and find(), in a process of their own, since redis-om reads its URL when it is imported."""
    with server.client() as client:
        client.flushall()
    env = {"REDIS_OM_URL": f"redis://127.0.0.1:{server.port}/0", "PATH": "/usr/bin:/bin"}
    done = subprocess.run([sys.executable, "-c", OM], env=env, capture_output=True, timeout=60, check=False)
    assert done.stdout.decode().strip().endswith("ok"), done.stderr.decode()


def _redis_cli() -> str:
    found = shutil.which("redis-cli") or str(Path(sys.executable).parent / "redis-cli")
    if not Path(found).exists():
        pytest.skip("no redis-cli: apt install redis-tools")
    return found


def test_redis_cli(server: RedisLocal) -> None:
    def cli(*words: str, stdin: bytes | None = None) -> str:
        command = [_redis_cli(), "-p", str(server.port), *words]
        return subprocess.run(command, input=stdin, capture_output=True, timeout=60, check=True).stdout.decode()

    cli("FLUSHALL")
    assert cli("FT.CREATE", "i", "PREFIX", "1", "p:", "SCHEMA", "t", "TAG", "v", "VECTOR", "FLAT", "6", "TYPE", "FLOAT32",
               "DIM", "4", "DISTANCE_METRIC", "L2") == "OK\n"  # fmt: skip
    cli("-x", "HSET", "p:1", "t", "x", "v", stdin=VECTORS[1].tobytes())
    found = cli("-x", "FT.SEARCH", "i", "(@t:{x})=>[KNN 1 @v $vec AS d]", "RETURN", "1", "d", "DIALECT", "2", "PARAMS", "2",
                "vec", stdin=VECTORS[1].tobytes())  # fmt: skip
    assert found.split() == ["1", "p:1", "d", "0"]
    assert "No such index nope" in cli("FT.SEARCH", "nope", "*")
    assert cli("-3", "FT._LIST").strip().endswith("i")
