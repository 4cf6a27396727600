"""Models that see one thing each, a version of each, and whom an answer names."""

from collections.abc import Callable, Sequence

import numpy as np
from flask.testing import FlaskClient

from profilesearch.embedding.encoder import Progress
from profilesearch.fields import Fields
from profilesearch.row import Row
from profilesearch.store import Store, VersionRecord
from tests.profilesearch.search.small_version import EYE, Told, publish
from tests.servers import wait_until

Web = Callable[..., FlaskClient]


class Reads(Told):
    """Takes documents for queries."""

    def encode_documents(self, texts: Sequence[str], progress: Progress | None = None) -> np.ndarray:
        return self.encode_queries(texts)


class Second(Reads):
    """Every text lies along the second axis."""

    name, fingerprint = "second", "print of second"

    def encode_queries(self, texts: Sequence[str]) -> np.ndarray:
        return np.stack([EYE[1] for _ in texts])


class Third(Reads):
    """Every text lies along the third axis."""

    name, fingerprint = "third", "print of third"

    def encode_queries(self, texts: Sequence[str]) -> np.ndarray:
        return np.stack([EYE[2] for _ in texts])


MODELS: list[type[Told]] = [Told, Second, Third]


def version_of(store: Store, model: type[Told], fields: Fields | None = None) -> VersionRecord:
    """A version in which the text of whoever a model finds first names the model; another model finds somebody else."""
    rows = [
        (Row(each.name, f"whom {each.name} finds", f"{model.name} has this one"), 0, EYE[number])
        for number, each in enumerate(MODELS)
    ]
    return publish(store, rows, fields, model)


def first(web: FlaskClient, **asked: str) -> tuple[str, str]:
    """The model that an answer says it is of, and whom it names first; waits while a model is being loaded."""

    def answered() -> dict[str, object] | None:
        reply = web.get("/api/search", query_string={"q": "somebody", "by": "meaning", **asked})
        if reply.status_code == 503:
            assert reply.headers["Retry-After"] and reply.get_json()["error"]["code"] == "model_loading"
            return None
        assert reply.status_code == 200, reply.text
        return reply.get_json()  # type: ignore[no-any-return]

    answer = wait_until(answered, what="an answer")
    assert answer is not None
    return str(answer["model"]), str(answer["results"][0]["id"])  # type: ignore[index]
