"""What request handlers use, made once per application."""

from dataclasses import dataclass
from typing import cast

from flask import current_app

from profilesearch.embedding import Encoder
from profilesearch.search import SearchPipeline
from profilesearch.store import Store


@dataclass(frozen=True)
class Services:
    """The parts of the domain that requests need."""

    store: Store
    pipeline: SearchPipeline
    encoder: Encoder


def services() -> Services:
    """The services of the application that handles this request."""
    return cast(Services, current_app.extensions["profilesearch"])
