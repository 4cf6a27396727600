"""For WSGI servers: ``webapp.wsgi:app``.

Nothing is loaded and no thread begun before the first request of each process, so that servers may fork it.
"""

from profilesearch.errors import SettingsError

from .app import create_app

try:
    app = create_app()
except SettingsError as error:
    raise SystemExit(f"error: {error}") from None
