"""Low-rank adapters for large models: few weights are trained beside the many, and added to them in the end.

Hu et al. 2022 (https://arxiv.org/abs/2106.09685), by the package peft. Gradients, the optimiser's state and checkpoints are of
the adapters alone, which is what large models have no memory for; the tuned model is a plain one again, of the base's shape.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from profilesearch.errors import TrainingError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_SCALE = 2
"""Times the rank, by which adapters are multiplied: so the learning rate can stay when the rank is changed."""

_FILE = "adapters.safetensors"


def add_adapters(model: "SentenceTransformer", rank: int, seed: int) -> None:
    """Freeze a model, and put an adapter of a rank beside each of its linear layers.

    Raises:
        TrainingError: peft is missing, or the model has no layer that an adapter can stand beside.
    """
    try:
        from peft import LoraConfig, inject_adapter_in_model
    except ImportError as error:
        raise TrainingError("--lora needs peft: pip install -r requirements-train.txt") from error
    import torch

    torch.manual_seed(seed)
    config = LoraConfig(r=rank, lora_alpha=_SCALE * rank, lora_dropout=0.0, target_modules="all-linear")
    try:
        inject_adapter_in_model(config, model.transformers_model)
    except ValueError as error:
        raise TrainingError(f"--lora cannot be used with this model: {error}") from error


def save_adapters(model: "SentenceTransformer", folder: Path) -> None:
    """Write what is trained of a model that has adapters."""
    from safetensors.torch import save_file

    trained = {name: tensor.detach().cpu() for name, tensor in model.named_parameters() if tensor.requires_grad}
    save_file({name: tensor.contiguous() for name, tensor in trained.items()}, folder / _FILE)


def load_adapters(model: "SentenceTransformer", folder: Path) -> None:
    """Read what :func:`save_adapters` wrote of the same model."""
    from safetensors.torch import load_file

    model.load_state_dict(load_file(folder / _FILE), strict=False)


def fold_in(model: "SentenceTransformer") -> None:
    """Add the adapters to the weights that they stand beside, so that a plain model is left."""
    from peft.tuners.tuners_utils import BaseTunerLayer

    inner = model.transformers_model
    for name, layer in [each for each in inner.named_modules() if isinstance(each[1], BaseTunerLayer)]:
        layer.merge()
        parent, _, own = name.rpartition(".")
        setattr(inner.get_submodule(parent), own, layer.get_base_layer())
    for parameter in inner.parameters():
        parameter.requires_grad_(True)
