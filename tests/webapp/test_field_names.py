"""Any name of a field is either refused by a build or can be stored, counted, filtered by and shown."""

import keyword

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from redis_om import HashModel
from werkzeug.datastructures import MultiDict

import redis
from profilesearch.errors import InvalidRequest
from profilesearch.fields import Fields
from profilesearch.names import PARAMETERS, REDIS_OM, RESERVED, check_names
from profilesearch.row import Row
from profilesearch.store import Filter, KnnQuery, Store, VersionRecord
from profilesearch.vector_index import VectorIndex
from webapp.params import search_request

HARD = [
    "n", "N", "count", "pk", "Meta", "meta", "model_config", "model", "t", "facets", "person", "as", "AS", "sortable",
    "years_min", "years_max", "distance", "DISTANCE", "key", "json", "score", "payload", "limit", "groupby", "vec", "größe",
    "年", "class", "None", "get", "items", "values", "constructor", "language", "stopwords", "schema", "filter", "load",
]  # fmt: skip
names = (
    st.sampled_from([*HARD, *keyword.kwlist, *PARAMETERS, *RESERVED, *(name.upper() for name in RESERVED)])
    | st.from_regex(r"[^\W\d_]\w{0,8}", fullmatch=True)
)  # fmt: skip


@pytest.mark.parametrize("numeric", [False, True])
@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(names)
@example("n")
@example("größe")
def test_a_name_is_refused_or_works(store: Store, client: redis.Redis, numeric: bool, name: str) -> None:
    assume(name.isidentifier())
    tags, numbers = (("role",), (name,)) if numeric else ((name,), ("years",))
    try:
        check_names(tags, numbers)
    except InvalidRequest as error:
        assert "name the column otherwise" in str(error)
        return
    client.flushall()
    fields = Fields(tags=tags, numbers=numbers)
    record = VersionRecord(store.versions.new_name(), "m", "f", fields, VectorIndex(2), profiles=2)
    store.create(record)
    tag, number = tags[0], numbers[0]
    people = [(Row(id_, "h", "t", {tag: value}, {number: age}), 0, np.ones(2, np.float32))
              for id_, value, age in (("1", "red", 1.0), ("2", "blue", 2.0))]  # fmt: skip
    assert sum(store.profiles.write(record, people)) == 2
    assert store.versions.get(record.version).fields == fields
    assert store.indexes.wait(record).failures == 0

    asked = MultiDict([("q", "x"), (tag, "red"), (f"{number}_max", "1.5")])
    request = search_request(asked, fields)
    assert request.tags == {tag: ["red"]} and request.numbers == {number: (None, 1.5)}
    query = KnnQuery(np.ones(2, np.float32), 9, Filter(tags=request.tags, numbers=request.numbers))
    (hit,) = store.nearest(record, query)
    assert (hit.id, hit.title, hit.text, hit.cluster) == ("1", "h", "t", 0)
    assert hit.tags == {tag: ("red",)} and hit.numbers == {number: 1.0}
    assert store.counts.by_tag(record, Filter(), tag) == {"blue": 1, "red": 1}
    assert store.counts.by_cluster(record, Filter()) == {0: 2}


def test_names_are_taken_once_for_all() -> None:
    for name in (*PARAMETERS, "person", "t", "rerank", "diversity"):
        with pytest.raises(InvalidRequest):
            check_names((name,), ())


def test_what_redis_om_has_itself_is_taken() -> None:
    """Its model declares the schema, a field for each name."""
    assert {name for name in dir(HashModel) if not name.startswith(("_", "model_"))} | {"pk"} == REDIS_OM
