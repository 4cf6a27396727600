"""For WSGI servers: ``webapp.wsgi:app``.

Nothing is loaded and no thread begun before the first request of each process, so that servers may fork it.
"""

from .app import create_app

app = create_app()
