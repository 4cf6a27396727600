"""With which numbers a model computes, and which of its vectors may be compared.

A processor that multiplies bfloat16 itself embeds about twice as fast with it. The vectors differ a little from float32's,
so the precision is part of a model's fingerprint: ``1a2b…`` for float32, ``1a2b…+bfloat16``. bfloat16 is used only where
its vectors were measured, when the model was loaded, to lie within :data:`LEAST_COSINE` of float32's. That makes the two
compatible wherever both occur: an index that was built on one machine may be searched and changed on another.
"""

import copy
from pathlib import Path
from typing import TYPE_CHECKING

from ..settings import Precision

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

LEAST_COSINE = 0.999
"""Cosine that each vector in bfloat16 must reach with the same text's in float32."""

CHECK_TEXTS = (
    "product marketing manager",
    "Registered nurse on an intensive care ward, eleven years, night shifts and training of new colleagues.",
    "Wir suchen eine Dateningenieurin, die Pipelines baut und betreibt.",
    "Results-driven and experienced, I have run launches, budgets and teams across three countries. " * 4,
)

_BFLOAT16 = "+bfloat16"

WHOLE_TEXTS = "+mean"
"""What the fingerprint of vectors that stand for whole texts ends with; see :mod:`.whole_texts`."""

PASSAGES = "+passages"
"""The same where long texts have a vector for each passage besides."""


def tries_bfloat16(precision: Precision, device: str) -> bool:
    """Whether bfloat16 is worth a try: it was demanded, or the device is a processor that multiplies it itself."""
    return precision == "bfloat16" or (precision == "auto" and device == "cpu" and _multiplies_bfloat16())


def in_bfloat16(model: "SentenceTransformer") -> "SentenceTransformer":
    """A copy of a model that computes in bfloat16; the model itself stays as it is."""
    import torch

    return copy.deepcopy(model).to(torch.bfloat16)


def fingerprint_of(digest: str, bfloat16: bool) -> str:
    """The fingerprint of a model with a digest of its weights and settings, and a precision."""
    return digest + _BFLOAT16 if bfloat16 else digest


def compatible(one: str, other: str) -> bool:
    """Whether vectors of two fingerprints may be compared: the same weights and settings, in either precision, of texts that
    were cut or read to their ends.
    """
    return _weights(one) == _weights(other)


def _weights(fingerprint: str) -> str:
    return fingerprint.removesuffix(PASSAGES).removesuffix(WHOLE_TEXTS).removesuffix(_BFLOAT16)


def _multiplies_bfloat16() -> bool:
    try:
        flags = Path("/proc/cpuinfo").read_text()
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags
