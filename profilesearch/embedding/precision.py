"""With which numbers a model computes, by what, and which of its vectors may be compared.

A processor that multiplies bfloat16 itself embeds about twice as fast with it. The vectors differ a little from float32's,
so precision and backend are part of a model's fingerprint: ``1a2b…`` for float32 in torch, ``1a2b…+bfloat16``,
``1a2b…+openvino+bfloat16``. Anything but float32 in torch is used only where its vectors were measured, when the model was
loaded, to lie within :data:`LEAST_COSINE` of those. That makes all of them compatible wherever they occur: an index that was
built on one machine may be searched and changed on another.
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
    "数据工程师，负责实时数据管道。",
    "A résumé that is longer than most models read: kitchens, hotels, banquets, menus, suppliers, apprentices. " * 40,
)
"""Of several languages and lengths, one of them longer than most models read."""

_BFLOAT16 = "+bfloat16"

WHOLE_TEXTS = "+mean"
"""What the fingerprint of vectors that stand for whole texts ends with; see :mod:`.whole_texts`."""

PASSAGES = "+passages"
"""The same where long texts have a vector for each passage besides."""


def tries_bfloat16(precision: Precision, device: str) -> bool:
    """Whether bfloat16 is worth a try: it was demanded, or the device multiplies it itself."""
    if precision == "auto" and device == "cuda":
        import torch

        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return precision == "bfloat16" or (precision == "auto" and device == "cpu" and _multiplies_bfloat16())


def in_bfloat16(model: "SentenceTransformer") -> "SentenceTransformer":
    """A copy of a model that computes in bfloat16; the model itself stays as it is."""
    import torch

    return copy.deepcopy(model).to(torch.bfloat16)


def fingerprint_of(digest: str, bfloat16: bool, backend: str = "torch") -> str:
    """The fingerprint of a model with a digest of its weights and settings, what computes it, and a precision."""
    return digest + (f"+{backend}" if backend != "torch" else "") + (_BFLOAT16 if bfloat16 else "")


def compatible(one: str, other: str) -> bool:
    """Whether vectors of two fingerprints may be compared: the same weights and settings, in any backend and precision, of
    texts that were cut or read to their ends.
    """
    return _weights(one) == _weights(other)


def _weights(fingerprint: str) -> str:
    return fingerprint.partition("+")[0]


def _multiplies_bfloat16() -> bool:
    try:
        flags = Path("/proc/cpuinfo").read_text()
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags
