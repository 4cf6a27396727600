"""Which properties the steps may use."""

from collections.abc import Iterable, Sequence

from ..arguments import text
from ..errors import CommandError
from ..index import Index
from .expression import Expression, calls, properties_of
from .steps import Apply, Arrange, Filter, GroupBy, Load, Step
from .table import KEY


class _Known:
    """The properties that rows have, and those of the schema, which a step may load by itself."""

    def __init__(self, index: Index, made: Iterable[bytes]) -> None:
        self.made = set(made)
        fields = index.definition.fields
        self.schema = {field.attribute.encode(errors="surrogateescape"): field.sortable for field in fields}
        self.everything = False

    def loadable(self, name: bytes) -> bool:
        return name in self.made or name in self.schema or name == KEY or self.everything

    def usable(self, name: bytes) -> bool:
        """Whether an expression may use it: what is not SORTABLE has to be loaded before."""
        return name in self.made or name in self.schema and (self.schema[name] or self.everything)


def check_properties(index: Index, steps: Sequence[Step], made: Iterable[bytes]) -> None:
    """Refuse steps that use a property nobody makes.

    Args:
        made: names that the rows have besides the schema's.

    Raises:
        CommandError: a property is neither in the schema nor made by an earlier step.
    """
    known = _Known(index, made)
    for step in steps:
        match step:
            case Load(None):
                known.everything = True
            case Load(fields):
                known.made |= {alias for _, alias in fields or ()}
            case Apply(expression, name):
                _check_expression(known, expression)
                known.made.add(name)
            case Filter(expression):
                _check_expression(known, expression)
            case GroupBy(properties, reducers):
                _require(known, properties, "No such property `{}`")
                for reduce in reducers:
                    _require(known, reduce.uses, "Property `{}` not present in document or pipeline")
                known = _Known(index, (*properties, *(reduce.name for reduce in reducers)))
                known.schema = {}
            case Arrange(keys):
                _require(known, (name for name, _ in keys), "Property `{}` not loaded nor in schema")


def _require(known: _Known, names: Iterable[bytes], refusal: str) -> None:
    for name in names:
        if not known.loadable(name):
            raise CommandError(refusal.format(text(name)))


def _check_expression(known: _Known, expression: Expression) -> None:
    for name in properties_of(expression):
        if not known.usable(name):
            raise CommandError(f"Property `{text(name)}` not loaded nor in pipeline")


def asks_for_terms(steps: Sequence[Step]) -> bool:
    """Whether a step needs the words that each document matched."""
    return any(isinstance(step, Apply | Filter) and calls(step.expression, "matched_terms") for step in steps)
