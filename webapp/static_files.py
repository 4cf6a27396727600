"""Static files under an address that changes with their content, so that browsers may keep them for good.

The hash is part of the path, so that the modules that ``app.js`` imports change theirs together with it.
"""

import hashlib
from pathlib import Path

from flask import Flask, Response, request


def hashed_path(folder: Path) -> str:
    """The path under which a folder's files are served: a digest of all of them."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return f"/static/{digest.hexdigest()[:12]}"


def keep_for_good(app: Flask) -> None:
    """Let browsers cache static files for a year."""

    @app.after_request
    def cache(response: Response) -> Response:
        if request.endpoint == "static" and response.status_code in (200, 304):
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response
