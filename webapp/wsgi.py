"""For WSGI servers: ``webapp.wsgi:app``."""

from .app import create_app

app = create_app()
