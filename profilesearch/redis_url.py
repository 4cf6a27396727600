"""``REDIS_URL``, checked before anybody connects. No message shows any part of a URL that may hold a password."""

from urllib.parse import SplitResult, parse_qsl, unquote, urlencode, urlsplit

import redis

from .errors import SettingsError

_FORM = "redis://user:password@host:port/0, rediss://… or unix:///path"
_EVERYWHERE = frozenset({"db", "client_name", "health_check_interval", "socket_timeout"})
_TCP = _EVERYWHERE | {"socket_connect_timeout", "socket_keepalive"}
_TLS = frozenset(
    f"ssl_{name}" for name in ("ca_certs", "ca_path", "cert_reqs", "certfile", "check_hostname", "keyfile", "password")
)
_OPTIONS = {"redis": _TCP, "rediss": _TCP | _TLS, "unix": _EVERYWHERE}
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
    if not _is_taken(url):
        raise SettingsError(f"REDIS_URL: expected {_FORM}, got something that the client of Redis does not take")
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
        known = _OPTIONS[parts.scheme]
        if name not in known:
            raise SettingsError(
                f"REDIS_URL: expected options among {', '.join(sorted(known))} after the ?, got another one; "
                "write ? in a password as %3F"
            )
        if name == "db":
            _check_database(value)
        if name in _SECONDS and not _is_number(value):
            raise SettingsError(f"REDIS_URL: {name}: expected seconds, got something else")
        if not _is_taken(f"{parts.scheme}://{'' if parts.scheme == 'unix' else 'host'}/0?{urlencode({name: value})}"):
            raise SettingsError(f"REDIS_URL: {name}: expected a value that the client of Redis takes, got another one")


def _is_taken(url: str) -> bool:
    """Whether redis-py makes a connection of a URL; nothing is connected to."""
    try:
        pool = redis.ConnectionPool.from_url(url)
        pool.connection_class(**pool.connection_kwargs)
    except Exception:  # of many kinds, and each may quote the password
        return False
    return True


def _check_database(value: str) -> None:
    if value not in ("", "0"):
        raise SettingsError(
            "REDIS_URL: expected database 0, the only one that can be searched, got another one: end it in /0"
        )


def _is_number(value: str) -> bool:
    return value.replace(".", "", 1).isdecimal() and value.isascii()
