"""Which properties the steps may use."""

from collections.abc import Iterable, Sequence

from ..arguments import text
from ..errors import CommandError
from ..index import Index
from .steps import GroupBy, Load, SortBy, Step
from .table import KEY


def check_properties(index: Index, steps: Sequence[Step], known: Iterable[bytes]) -> None:
    """Refuse steps that use a property nobody makes.

    Args:
        known: names that the rows have besides the schema's.

    Raises:
        CommandError: a property is neither in the schema nor made by an earlier step.
    """
    known = {KEY, *known, *(name.encode(errors="surrogateescape") for name in index.columns)}
    loads_all = False
    for step in steps:
        match step:
            case Load(fields):
                loads_all |= fields is None
                known |= {alias for _, alias in fields or ()}
            case GroupBy(properties, reducers):
                for name in (*properties, *(r.property for r in reducers if r.property)):
                    if name not in known and not loads_all:
                        raise CommandError(f"No such property `{text(name)}`")
                known, loads_all = {*properties, *(r.name for r in reducers)}, False
            case SortBy(keys):
                for name, _ in keys:
                    if name not in known and not loads_all:
                        raise CommandError(f"Property `{text(name)}` not loaded nor in schema")
