"""Which names the web app answers to, and whether it may listen beyond this machine.

A page of somebody else's that lets its own name lead to this machine's loopback address (DNS rebinding) could otherwise
read every profile through the browser of whoever opens it.
"""

import ipaddress
import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from typing import Any

from flask import request
from werkzeug.exceptions import Forbidden

from profilesearch.errors import SettingsError
from profilesearch.settings import LOOPBACK_NAMES, Settings

_HOST = re.compile(
    r"(?:\[(?P<ipv6>[0-9a-f:.]{2,45})\]|(?P<name>[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*)\.?)(?::[0-9]{1,5})?"
)

_ANY_ADDRESS = ("", "*", "0.0.0.0", "::")  # noqa: S104  # compared with, not listened on

_WITHOUT_PEOPLE = ("/healthz", "/readyz", "/metrics")
"""Asked by machines that know this one by its address; nothing about people is in the answers."""

_OTHER_HOST = "this server does not answer to that Host. PROFILESEARCH_ALLOWED_HOSTS names those it answers to"
_OTHER_MACHINE = (
    "this server answers only to the machine that it runs on, since it asks nobody for a password. Let a proxy with a "
    "login there ask it, or set ALLOW_ANONYMOUS=1 if the network is guarded otherwise"
)

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
        parsed = ipaddress.ip_address(address.strip("[]"))
    except ValueError:
        return False
    mapped = getattr(parsed, "ipv4_mapped", None)
    return (mapped or parsed).is_loopback


def _is_this_machine(client: str) -> bool:
    """Whether a WSGI server's ``REMOTE_ADDR`` is this machine; that of a Unix socket is empty, or a path."""
    return not client or client.startswith(("unix:", "/")) or client == "localhost" or _is_loopback(client)


def _refuse(start_response: Callable[..., Any], status: str, why: str) -> Iterable[bytes]:
    body = f"{status}: {why}.\n".encode()
    start_response(status, [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))])
    return [body]


def refuse_other_sites() -> None:
    """Pages of other sites may link here, not send forms here or load anything from here (Fetch Metadata).

    Raises:
        Forbidden: a browser says that another site does.
    """
    if request.headers.get("Sec-Fetch-Site") != "cross-site":
        return
    if request.method != "GET" or request.headers.get("Sec-Fetch-Dest", "document") != "document":
        raise Forbidden("forms of other sites are not answered, and nothing is loaded into their pages")


def refuse_other_origins() -> None:
    """What changes something is asked for by this site's own pages alone: not by another port's, or a sandboxed one.

    Browsers say where a request comes from, by Fetch Metadata or, where they know none or the address is no secure one, by
    its Origin; programs say neither (https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html).

    Raises:
        Forbidden: a browser says that another origin asks.
    """
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    ours = origin is None or origin.partition("://")[2].lower() == request.host.lower()
    if not ours or site not in (None, "same-origin"):
        raise Forbidden("only this site's own pages and programs may change what is kept")


class OnlyAllowedHosts:
    """Before a WSGI application: answers 400 to requests whose Host header names another host, 403 to other machines.

    Whatever server runs the application, and wherever that listens: a client beyond this machine is answered only where
    somebody has said that this is wanted. A proxy on this machine is a client on this machine.

    Args:
        app: the application.
        allowed: names and addresses without ports; a name that begins with a dot allows its subdomains, ``*`` all names.
        anonymous: clients on other machines are answered, too, though nobody asks them who they are.
    """

    def __init__(self, app: App, allowed: Collection[str], anonymous: bool = False) -> None:
        self._app = app
        self._anonymous = anonymous
        self._any = "*" in allowed
        self._names = frozenset(allowed)
        self._suffixes = tuple(name for name in allowed if name.startswith("."))

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ.get("PATH_INFO") in _WITHOUT_PEOPLE:
            environ["HTTP_HOST"] = "localhost"
        elif not (self._anonymous or _is_this_machine(environ.get("REMOTE_ADDR", ""))):
            return _refuse(start_response, "403 Forbidden", _OTHER_MACHINE)
        elif not self._allows(environ.get("HTTP_HOST", "")):
            return _refuse(start_response, "400 Bad Request", _OTHER_HOST)
        return self._app(environ, start_response)

    def _allows(self, host: str) -> bool:
        match = _HOST.fullmatch(host.lower())
        if match is None:
            return False
        name = match["ipv6"] or match["name"]
        return self._any or name in self._names or (bool(self._suffixes) and name.endswith(self._suffixes))
