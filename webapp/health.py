"""Whether the process lives, and whether it can answer searches."""

from flask import Blueprint, Response, jsonify

from .services import services

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def healthz() -> Response:
    """The process answers."""
    return jsonify({"status": "ok"})


@blueprint.get("/readyz")
def readyz() -> Response:
    """A search was answered: 200 with the live version, or 503 with the reason."""
    version = services().pipeline.check()
    return jsonify(
        {
            "status": "ready",
            "version": version.version,
            "model": version.model,
            "profiles": version.profiles,
            "ft_hybrid": services().store.hybrid.server_fuses,
        }
    )
