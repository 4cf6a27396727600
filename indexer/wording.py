"""What people read of the command line, from ``words.toml``: messages, hints, plurals and numbers."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

from babel import Locale
from babel.numbers import format_decimal, format_percent

from profilesearch.errors import ProfileSearchError

_LOCALE = Locale("en")


class _Wording(Formatter):
    """``{profiles:profile}`` is "1 profile" or "2,000 profiles", ``{profiles:~is}`` "is" or "are", ``{share:%}`` "95%"."""

    def format_field(self, value: Any, format_spec: str) -> str:
        if noun := _words()["nouns"].get(format_spec.removeprefix("~")):
            form: str = noun[_LOCALE.plural_form(value)]
            return form if format_spec.startswith("~") else f"{format_decimal(value, locale=_LOCALE)} {form}"
        if format_spec == "%":
            return str(format_percent(value, locale=_LOCALE))
        if isinstance(value, int) and not format_spec:
            return str(format_decimal(value, locale=_LOCALE))
        return str(super().format_field(value, format_spec))


def word(key: str, **values: Any) -> str:
    """A message.

    Args:
        key: table and name of it in ``words.toml``, such as ``build.live``.
        values: what it names.
    """
    table, _, name = key.partition(".")
    return _Wording().vformat(_words()[table][name], (), values)


def explain(error: ProfileSearchError) -> str:
    """What an error says, and the options that would help, if there are any."""
    hints = _words()["hints"]
    keys = [key for key in (error.code, *error.values.get("checks", ())) if key in hints]
    if not keys:
        return str(error)
    advice = "; ".join(_Wording().vformat(hints[key], (), error.values) for key in keys)
    first, *rest = str(error).split("\n", 1)
    end = ":" if first.endswith(":") else ""
    return "\n".join([f"{first.removesuffix(':')} ({advice}){end}", *rest])


@cache
def _words() -> Mapping[str, Mapping[str, Any]]:
    return tomllib.loads((Path(__file__).parent / "words.toml").read_text(encoding="utf-8"))
