"""For WSGI servers: ``webapp.wsgi:app``."""

from profilesearch.errors import SettingsError

from .app import create_app

try:
    app = create_app()
except SettingsError as error:
    raise SystemExit(f"error: {error}") from None
