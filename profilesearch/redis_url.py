"""``REDIS_URL``, checked before anybody connects. No message shows any part of a URL that may hold a password."""

from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from .errors import SettingsError

_FORM = "redis://user:password@host:port/0, rediss://… or unix:///path"
_OPTIONS = frozenset({
    "db", "client_name", "health_check_interval", "socket_timeout", "socket_connect_timeout", "socket_keepalive",
    "ssl_ca_certs", "ssl_ca_path", "ssl_cert_reqs", "ssl_certfile", "ssl_check_hostname", "ssl_keyfile", "ssl_keyfile_password",
})  # fmt: skip
_SECONDS = ("health_check_interval", "socket_timeout", "socket_connect_timeout")


def check_redis_url(url: str) -> str:
    """A URL that redis-py can connect to.

    Raises:
        SettingsError: what is wrong with it, without the URL itself.
    """
    if not url.strip():
        raise SettingsError(f"REDIS_URL: expected {_FORM}, got nothing: unset it for the local default")
    if any(not character.isprintable() or character.isspace() for character in url):
        raise SettingsError("REDIS_URL: expected no spaces, line ends or control characters, got one")
    try:
        parts = urlsplit(url)
    except ValueError:
        raise SettingsError(
            f"REDIS_URL: expected {_FORM}, got brackets that are no address: write [ and ] in a password as %5B and %5D"
        ) from None
    if parts.scheme not in ("redis", "rediss", "unix"):
        raise SettingsError(f"REDIS_URL: expected {_FORM}, got something else")
    if "#" in url:
        raise SettingsError("REDIS_URL: expected no #, got one: write # in a password as %23")
    _check_options(parts)
    if parts.scheme == "unix":
        if not parts.path.strip("/"):
            raise SettingsError("REDIS_URL: expected a path in unix:///path, got none")
    else:
        _check_server(parts)
    return url


def _check_server(parts: SplitResult) -> None:
    credentials = parts.netloc.rpartition("@")[0]
    if "%" in credentials and len(unquote(credentials, errors="replace").split("\ufffd")) > 1:
        raise SettingsError("REDIS_URL: expected UTF-8 in the credentials, got %-escapes of something else")
    try:
        port = parts.port
    except ValueError:
        raise SettingsError(
            "REDIS_URL: expected a port from 1 to 65535, got something else; in a password write / as %2F, ? as %3F and : as %3A"
        ) from None
    if port == 0:
        raise SettingsError("REDIS_URL: expected a port from 1 to 65535, got 0")
    if not parts.hostname:
        raise SettingsError(f"REDIS_URL: expected a host, as in {_FORM}, got none")
    _check_database(parts.path.removeprefix("/"))


def _check_options(parts: SplitResult) -> None:
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        if name not in _OPTIONS:
            raise SettingsError(
                f"REDIS_URL: expected options among {', '.join(sorted(_OPTIONS))} after the ?, got another one; "
                "write ? in a password as %3F"
            )
        if name == "db":
            _check_database(value)
        if name in _SECONDS and not _is_number(value):
            raise SettingsError(f"REDIS_URL: {name}: expected seconds, got something else")


def _check_database(value: str) -> None:
    if value not in ("", "0"):
        raise SettingsError(
            "REDIS_URL: expected database 0, the only one that can be searched, got another one: end it in /0"
        )


def _is_number(value: str) -> bool:
    return value.replace(".", "", 1).isdecimal() and value.isascii()
