"""The encoder of each live version: whoever changes versions needs all of them."""

from collections.abc import Callable, Sequence
from typing import Protocol

from profilesearch.embedding import CachedEncoder, Encoder, compatible, document_encoder, require_model
from profilesearch.errors import EncoderError, StoreError
from profilesearch.store import Store, VersionRecord


class Encoders(Protocol):
    """Knows the encoder of a version."""

    def of(self, record: VersionRecord) -> Encoder:
        """What embeds changes to a version, in the way that the version was embedded.

        Raises:
            EncoderError: its model cannot be loaded, or reached.
            ModelMismatch: the model of its name is another one by now.
        """


class SingleEncoder:
    """One encoder for every version that was built with its model.

    Args:
        encoder: the model.
    """

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    def of(self, record: VersionRecord) -> Encoder:
        """See :class:`Encoders`."""
        require_model(record, self._encoder)
        return document_encoder(self._encoder, record.fingerprint)


class NamedEncoders:
    """The encoders that versions' records name, each made when it is first asked for, and kept.

    Args:
        make: makes the encoder of a name.
        others: names to try where a version's own leads to no model, or another: a folder may lie elsewhere here.
    """

    def __init__(self, make: Callable[[str], CachedEncoder], others: Sequence[str] = ()) -> None:
        self._make = make
        self._others = tuple(others)
        self._made: dict[str, CachedEncoder] = {}

    def named(self, name: str) -> CachedEncoder:
        """The encoder of a name, which may load its model later."""
        if name not in self._made:
            self._made[name] = self._make(name)
        return self._made[name]

    def load_for(self, store: Store) -> None:
        """Load the models of all live versions; where nothing is live, the first of the other names.

        Raises:
            EncoderError: one cannot be loaded.
        """
        try:
            names = list(store.versions.live_names())
        except StoreError:
            names = list(self._others[:1])
        for name in names:
            try:
                self.named(name).load()
            except EncoderError:
                if name in self._others or not self._others:
                    raise
                for other in self._others:  # it may be that model, in another place
                    self.named(other).load()

    def of(self, record: VersionRecord) -> Encoder:
        """See :class:`Encoders`."""
        failure: EncoderError | None = None
        at_hand: CachedEncoder | None = None
        for name in dict.fromkeys((record.model, *self._others)):
            try:
                encoder = self.named(name)
                if compatible(record.fingerprint, encoder.fingerprint):
                    return document_encoder(encoder, record.fingerprint)
                at_hand = at_hand or encoder
            except EncoderError as error:
                failure = failure or error
        if failure is not None:
            raise failure
        assert at_hand is not None
        require_model(record, at_hand)
        raise AssertionError("a model is either the version's or not")
