"""What the fields of a document say of it as a whole: its language, its score, and whether it is indexed."""

from collections.abc import Sequence

from .languages import LANGUAGES
from .numerals import parse_number
from .pipeline.evaluation import evaluate
from .pipeline.expression import parse_expression, properties_of
from .pipeline.table import Row
from .pipeline.values import EvaluationError, is_true
from .schema import IndexDefinition


class DocumentRules:
    """LANGUAGE_FIELD, SCORE_FIELD and FILTER of an index.

    Attributes:
        identifiers: the hash fields that are read for them; every method takes their values, in this order.
    """

    def __init__(self, definition: IndexDefinition) -> None:
        self._definition = definition
        fields = (definition.language_field, definition.score_field)
        self._language_and_score = [None if name is None else name.encode(errors="surrogateescape") for name in fields]
        expression = None if definition.filter is None else definition.filter.encode(errors="surrogateescape")
        self._filter = None if expression is None else parse_expression(expression)
        self._properties = [] if self._filter is None else properties_of(self._filter)
        self.identifiers = [name for name in self._language_and_score if name is not None] + self._properties

    def language(self, values: Sequence[bytes | None]) -> str | None:
        """The document's language, None for the index's own; an unknown one is the index's own too."""
        if self._language_and_score[0] is None or (raw := values[0]) is None:
            return None
        language = raw.decode(errors="replace").lower()
        return language if language in LANGUAGES else None

    def score(self, values: Sequence[bytes | None]) -> float:
        """What the document's scores are multiplied by."""
        if self._language_and_score[1] is None:
            return self._definition.score
        raw = values[self._language_and_score[0] is not None]
        try:
            return self._definition.score if raw is None else parse_number(raw)
        except ValueError:
            return self._definition.score

    def admits(self, values: Sequence[bytes | None]) -> bool:
        """Whether the document is indexed, as it is too where the filter has no value for it."""
        if self._filter is None:
            return True
        named = zip(self._properties, values[len(values) - len(self._properties) :], strict=True)
        row: Row = {name: value for name, value in named if value is not None}
        try:
            return is_true(evaluate(self._filter, row))
        except EvaluationError:
            return True
