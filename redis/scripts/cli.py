#!/usr/bin/env python3
"""cli.py ARGUMENT…: redis-cli for the Redis at REDIS_URL, by default redis://127.0.0.1:6390/0.

The password goes into redis-cli's environment (REDISCLI_AUTH), not among its arguments: those every user of the machine sees.
"""

import os
import sys
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

TLS = {"ssl_ca_certs": "--cacert", "ssl_ca_path": "--cacertdir", "ssl_certfile": "--cert", "ssl_keyfile": "--key"}


def arguments(url: SplitResult) -> list[str]:
    """What tells redis-cli where Redis is and who asks, without the password."""
    options = {name: values[-1] for name, values in parse_qs(url.query).items()}
    if url.scheme == "unix":
        found = ["-s", unquote(url.path)]
    else:
        found = ["-h", unquote(url.hostname or "127.0.0.1"), "-p", str(url.port or 6379)]
    if url.scheme == "rediss":
        found.append("--tls")
        found += [part for name, option in TLS.items() if name in options for part in (option, options[name])]
        if options.get("ssl_cert_reqs") == "none":
            found.append("--insecure")
    return found + (["--user", unquote(url.username)] if url.username else [])


def main() -> None:
    """Become redis-cli."""
    url = urlsplit(os.environ.get("REDIS_URL") or "redis://127.0.0.1:6390/0")
    environment = os.environ | ({"REDISCLI_AUTH": unquote(url.password)} if url.password else {})
    try:
        os.execvpe("redis-cli", ["redis-cli", *arguments(url), *sys.argv[1:]], environment)  # noqa: S606, S607
    except FileNotFoundError:
        sys.exit("redis-cli is needed: apt install redis-tools, or make setup")


if __name__ == "__main__":
    main()
