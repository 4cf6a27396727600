"""Static files under addresses that change with their content, so that browsers may keep them for good."""

import hashlib
from pathlib import Path

from flask import Flask, Response, request


def add_hashes(app: Flask) -> None:
    """Add ``?v=…`` to every static address, and let answers to such addresses be cached for a year."""
    folder = Path(app.static_folder or "")
    hashes = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()[:12]
        for path in folder.rglob("*")
        if path.is_file()
    }

    @app.url_defaults
    def add_version(endpoint: str, values: dict[str, object]) -> None:
        if endpoint == "static" and values.get("filename") in hashes:
            values["v"] = hashes[str(values["filename"])]

    @app.after_request
    def cache(response: Response) -> Response:
        if request.endpoint == "static" and "v" in request.args and response.status_code in (200, 304):
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response
