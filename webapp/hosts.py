"""Which names the web app answers to, and whether it may listen beyond this machine.

A page of somebody else's that lets its own name lead to this machine's loopback address (DNS rebinding) could otherwise
read every profile through the browser of whoever opens it.
"""

import ipaddress
import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from typing import Any

from profilesearch.errors import SettingsError
from profilesearch.settings import LOOPBACK_NAMES, Settings

_HOST = re.compile(
    r"(?:\[(?P<ipv6>[0-9a-f:.]{2,45})\]|(?P<name>[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*)\.?)(?::[0-9]{1,5})?"
)

_ANY_ADDRESS = ("", "*", "0.0.0.0", "::")  # noqa: S104  # compared with, not listened on

_WITHOUT_PEOPLE = ("/healthz", "/readyz", "/metrics")
"""Asked by machines that know this one by its address; nothing about people is in the answers."""

App = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def check_exposure(settings: Settings, listen: str) -> Settings:
    """The settings for an app that listens on an address.

    Raises:
        SettingsError: the address can be reached from other machines, and nobody has said that this is wanted.
    """
    if _is_loopback(listen):
        return settings
    if not settings.allow_anonymous:
        raise SettingsError(
            f"--host {listen}: expected a loopback address, since whoever reaches the page can read every profile without "
            "a password. Put a proxy with a login before 127.0.0.1, or set ALLOW_ANONYMOUS=1 if the network is guarded "
            "otherwise, and PROFILESEARCH_ALLOWED_HOSTS to the names that the page is opened by"
        )
    if listen.strip("[]") in _ANY_ADDRESS:
        return settings
    return replace(settings, allowed_hosts=(*settings.allowed_hosts, listen.strip("[]").lower()))


def _is_loopback(address: str) -> bool:
    if address.lower() in LOOPBACK_NAMES:
        return True
    try:
        return ipaddress.ip_address(address.strip("[]")).is_loopback
    except ValueError:
        return False


class OnlyAllowedHosts:
    """Before a WSGI application: answers 400 to requests whose Host header names another host.

    Args:
        app: the application.
        allowed: names and addresses without ports; a name that begins with a dot allows its subdomains, ``*`` all names.
    """

    def __init__(self, app: App, allowed: Collection[str]) -> None:
        self._app = app
        self._any = "*" in allowed
        self._names = frozenset(allowed)
        self._suffixes = tuple(name for name in allowed if name.startswith("."))

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ.get("PATH_INFO") in _WITHOUT_PEOPLE:
            environ["HTTP_HOST"] = "localhost"
        elif not self._allows(environ.get("HTTP_HOST", "")):
            body = b"400 Bad Request: this server does not answer to that Host. PROFILESEARCH_ALLOWED_HOSTS names those it answers to.\n"  # fmt: skip
            headers = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))]
            start_response("400 Bad Request", headers)
            return [body]
        return self._app(environ, start_response)

    def _allows(self, host: str) -> bool:
        match = _HOST.fullmatch(host.lower())
        if match is None:
            return False
        name = match["ipv6"] or match["name"]
        return self._any or name in self._names or (bool(self._suffixes) and name.endswith(self._suffixes))
