"""Static files under an address that changes with their content, so that browsers may keep them for good.

The hash is part of the path, so that the modules that ``app.js`` imports change theirs together with it.
"""

import hashlib
from pathlib import Path

from flask import Flask, Response, request
from flask_compress import Compress


def hashed_path(folder: Path) -> str:
    """The path under which a folder's files are served: a digest of all of them."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return f"/static/{digest.hexdigest()[:12]}"


def compress_and_keep(app: Flask) -> None:
    """Compress what is sent, and let browsers cache static files for a year."""
    Compress(app)

    @app.after_request  # runs before the compression, which was registered before
    def cache(response: Response) -> Response:
        return keep_for_good(response) if request.endpoint == "static" else response


def keep_for_good(response: Response) -> Response:
    """A file that never changes under its address, read whole and closed, whether its client stays or not."""
    if response.status_code in (200, 304):
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.direct_passthrough = False
    response.make_sequence()
    response.close()
    return response
