"""Templates without their indentation, which is for whoever reads them: a twentieth of what a page of results weighs."""

import re

from jinja2.ext import Extension

_INDENTATION = re.compile(r"^[ \t]+", re.MULTILINE)


class Unindented(Extension):
    """Takes the spaces away that lines of a template begin with; what is filled in stays as it is."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        return _INDENTATION.sub("", source)
