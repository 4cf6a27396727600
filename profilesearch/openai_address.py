"""Where an OpenAI-compatible API is (``OPENAI_BASE_URL``), and its key (``OPENAI_API_KEY``).

User and password of the URL are taken out of it before a client is made, so that neither messages nor logs can show them.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, unquote, urlsplit

from .errors import SettingsError

if TYPE_CHECKING:
    from openai import OpenAI

OPENAI_URL = "https://api.openai.com/v1"


@dataclass(frozen=True)
class OpenAIAddress:
    """An address and what it asks for; neither is shown.

    Attributes:
        url: the base URL, such as ``http://127.0.0.1:11434/v1``; it may have a user and a password.
        key: the key; an address on one's own machine needs none.
    """

    url: str = field(default=OPENAI_URL, repr=False)
    key: str | None = field(default=None, repr=False)

    def client(self, retries: int, timeout: float | None = None) -> "OpenAI":
        """A client of the address, to be closed by whoever asked for it. Nothing is connected to.

        Args:
            retries: how often one call is repeated.
            timeout: seconds to wait for an answer; None for the library's default.

        Raises:
            SettingsError: what is wrong with the URL, without the URL itself.
        """
        import openai

        parts = _checked(self.url)
        login = (unquote(parts.username or ""), unquote(parts.password or ""))
        return openai.OpenAI(
            base_url=parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl(),
            api_key=self.key or "none",  # the library insists on one
            max_retries=retries,
            timeout=openai.NOT_GIVEN if timeout is None else timeout,
            http_client=openai.DefaultHttpxClient(auth=login if any(login) else None),
        )


def _checked(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # brackets that are no address, or a port that is no number; it may quote the password
        usable = False
    if not usable or not url.isprintable() or " " in url or "?" in url or "#" in url:
        raise SettingsError(
            "OPENAI_BASE_URL: expected http://host:port/v1 or https://…, got something else; in a password write "
            "/ as %2F, ? as %3F and # as %23"
        ) from None
    return parts
