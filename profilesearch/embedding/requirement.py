"""Which model a version must be searched and changed with."""

from typing import Protocol

from ..errors import ModelMismatch
from .encoder import Encoder
from .precision import compatible


class Embedded(Protocol):
    """What was embedded: a version's name, its model's name, and the model's fingerprint."""

    @property
    def version(self) -> str: ...

    @property
    def model(self) -> str: ...

    @property
    def fingerprint(self) -> str: ...


def require_model(record: Embedded, encoder: Encoder) -> None:
    """Check that a model's vectors may be compared with those of a version.

    Raises:
        ModelMismatch: the version was built with another model.
    """
    if not compatible(record.fingerprint, encoder.fingerprint):
        raise ModelMismatch(
            f"version {record.version} was built with the model {record.model} ({record.fingerprint}), but this "
            f"process has {encoder.name} ({encoder.fingerprint}): use that model, or build the index again",
            code="other_model",
        )
