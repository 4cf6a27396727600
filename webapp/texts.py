"""What the pages say: every English text in ``texts.toml``; numbers and dates as the reader's language writes them."""

import tomllib
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_decimal
from flask import Flask, request


def register(app: Flask) -> None:
    """Make the texts and the filters ``number`` and ``date`` known to templates."""
    with (Path(__file__).parent / "texts.toml").open("rb") as file:
        texts = {name: SimpleNamespace(**group) for name, group in tomllib.load(file).items()}
    app.jinja_env.globals["t"] = SimpleNamespace(**texts)
    app.jinja_env.filters["number"] = number
    app.jinja_env.filters["date"] = date


def number(value: float, digits: int = 0) -> str:
    """A number with the reader's separators."""
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    return str(format_decimal(value, format=pattern, locale=_locale()))


def date(seconds: float) -> str:
    """Seconds since 1970 as the reader's date."""
    return str(format_date(datetime.fromtimestamp(seconds, UTC), "medium", locale=_locale()))


def _locale() -> Any:
    for language in request.accept_languages.values():
        try:
            return Locale.parse(language, sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    return Locale("en")
