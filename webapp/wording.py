"""What the pages say, in the reader's language: a file for each in ``words/``; numbers and dates as Babel writes them.

A text is one line with ``{…}`` to fill in, or a table with a line for each plural category of the language (CLDR:
https://cldr.unicode.org/index/cldr-spec/plural-rules), chosen by ``n``. Keys that end in ``_html`` hold markup; what is
filled in is escaped there.
"""

import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import urlencode

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_decimal
from flask import Flask, Response, g, request
from markupsafe import Markup

FOLDER = Path(__file__).parent / "words"
LANGUAGES = ("en", "de")
"""The first is for readers who ask for none of them."""

LANGUAGE = "lang"
"""The URL's parameter, and the cookie, that name the language."""

_A_YEAR = 365 * 24 * 3600


class Text(str):
    """A text of one language; called with values, it is filled in."""

    _forms: Mapping[str, str]
    _words: "Words"
    _markup: bool
    _html: str

    @classmethod
    def of(cls, forms: str | Mapping[str, str], words: "Words", markup: bool) -> "Text":
        """A text from its line, or its lines by plural category."""
        forms = {"other": forms} if isinstance(forms, str) else forms
        text = cls(forms["other"])
        text._forms, text._words, text._markup = forms, words, markup
        text._html = str(text) if markup else str(Markup.escape(str(text)))
        return text

    def __call__(self, **values: object) -> str:
        """The text with its values; numbers get the reader's separators, and ``n`` chooses the plural."""
        count = values.get("n")
        form = self._words.locale.plural_form(count) if isinstance(count, int | float) else "other"
        shown = {name: self._shown(value) for name, value in values.items()}
        text = self._forms.get(form, self._forms["other"])
        if self._markup:
            return Markup(text).format(**shown)  # noqa: S704  the text is ours, what is filled in gets escaped
        return text.format(**shown)

    def _shown(self, value: object) -> object:
        return self._words.number(value) if isinstance(value, int | float) else value

    def __html__(self) -> str:
        return self._html


class Words:
    """All texts of one language as attributes, ``words.box.label``; how a locale writes numbers, dates and fields."""

    def __init__(self, locale: Locale) -> None:
        with (FOLDER / f"{locale.language}.toml").open("rb") as file:
            table = tomllib.load(file)
        self.locale = locale
        self.language = locale.language
        self._fields: dict[str, str] = table.pop("fields")
        self._values: dict[str, dict[str, str]] = table.pop("values")
        self._amounts = {name: Text.of(forms, self, False) for name, forms in table.pop("amounts").items()}
        self._groups = {name: self._group(group) for name, group in table.items()}

    def _group(self, group: Mapping[str, Any]) -> SimpleNamespace:
        texts = {
            name: text if isinstance(text, list) else Text.of(text, self, name.endswith("_html"))
            for name, text in group.items()
        }
        return SimpleNamespace(**texts)

    def __getattr__(self, name: str) -> SimpleNamespace:
        try:
            return cast("SimpleNamespace", self.__dict__["_groups"][name])
        except KeyError:
            raise AttributeError(name) from None

    def number(self, value: float, digits: int | None = None) -> str:
        """A number with the language's separators."""
        if digits is None:
            digits = 0 if float(value).is_integer() else len(f"{value:g}".partition(".")[2])
        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        return str(format_decimal(value, format=pattern, locale=self.locale))

    def language_name(self, code: str | None) -> str | None:
        """What a language of an ISO 639-1 code is called; None for none."""
        return None if code is None else str(self.locale.languages.get(code, code))

    def date(self, seconds: float) -> str:
        """The date of a moment in seconds since 1970."""
        return str(format_date(datetime.fromtimestamp(seconds, UTC), "medium", locale=self.locale))

    def field(self, name: str) -> str:
        """What a field is called."""
        return self._fields.get(name, name.replace("_", " "))

    def value(self, field: str, value: str) -> str:
        """What a value of a tag field is called."""
        return self._values.get(field, {}).get(value.lower(), value)

    def amount(self, field: str, value: float) -> str:
        """A number with what it counts."""
        text = self._amounts.get(field)
        number = int(value) if float(value).is_integer() else value
        return f"{self.field(field)} {self.number(number)}" if text is None else text(n=number)


@lru_cache(maxsize=64)
def words_of(locale: str) -> Words:
    """The texts for a locale like ``de`` or ``en_GB``.

    Raises:
        UnknownLocaleError, ValueError: there is no such locale.
    """
    return Words(Locale.parse(locale))


def words() -> Words:
    """The texts for whoever sent this request."""
    if "words" not in g:
        g.words = words_of(_locale())
    return cast("Words", g.words)


def register(app: Flask) -> None:
    """Make the texts and the filters ``number`` and ``date`` known to templates, and remember a chosen language."""
    app.context_processor(lambda: {"t": words()})
    app.jinja_env.globals["other_languages"] = _other_languages
    app.jinja_env.filters["number"] = lambda value, digits=None: words().number(value, digits)
    app.jinja_env.filters["language_name"] = lambda code: words().language_name(code)
    app.jinja_env.filters["date"] = lambda seconds: words().date(seconds)
    app.after_request(_remember)


def _locale() -> str:
    """A language of ours, with the reader's own region if that is known."""
    wanted = list(request.accept_languages.values())
    chosen = [request.args.get(LANGUAGE, ""), request.cookies.get(LANGUAGE, "")]
    languages = (tag.replace("_", "-").partition("-")[0].lower() for tag in (*chosen, *wanted))
    language = next((language for language in languages if language in LANGUAGES), LANGUAGES[0])
    for tag in wanted:
        try:
            locale = Locale.parse(tag, sep="-")
        except (UnknownLocaleError, ValueError):
            continue
        if locale.language == language:
            return str(locale)
    return language


def _other_languages() -> list[tuple[str, str, str]]:
    """Languages that this page could be read in instead: code, own name, address."""
    pairs = [(name, value) for name, value in request.args.items(multi=True) if name != LANGUAGE]
    path = request.path if request.method == "GET" else "/"
    return [
        (code, Locale(code).get_display_name(code) or code, f"{path}?{urlencode([*pairs, (LANGUAGE, code)])}")
        for code in LANGUAGES
        if code != words().language
    ]


def _remember(response: Response) -> Response:
    """Keep the language of the address for the pages that follow."""
    language = request.args.get(LANGUAGE)
    if language in LANGUAGES and language != request.cookies.get(LANGUAGE):
        response.set_cookie(LANGUAGE, language, max_age=_A_YEAR, samesite="Lax", httponly=True)
    if response.mimetype == "text/html":
        response.headers["Content-Language"] = words().language
        response.vary.update(("Accept-Language", "Cookie"))
    return response
