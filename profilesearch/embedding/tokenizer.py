"""Texts as the numbers of their tokens, by the tokenizers package alone."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..arrays import Integers
from .encoder import Tokens

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_STEP = 16
"""Lengths of batches are multiples of it: each new length is compiled anew, and a little padding costs less than that."""


class TextTokenizer:
    """A model's tokenizer: what it reads of a text, and how long the text is, in one pass.

    Args:
        tokenizer: what it is a copy of.
        limit: tokens that the model reads, special ones included.
        pad: the number of the token that fills up shorter texts.
    """

    def __init__(self, tokenizer: "Tokenizer", limit: int, pad: int) -> None:
        self._whole = type(tokenizer).from_str(tokenizer.to_str())
        self._whole.no_padding()
        self._whole.no_truncation()
        self._cut = type(tokenizer).from_str(self._whole.to_str())
        self._cut.enable_truncation(limit)
        self._special = tokenizer.num_special_tokens_to_add(False)
        self._limit, self._pad = limit, pad

    def tokenize(self, texts: Sequence[str]) -> Tokens:
        """The tokens of texts, each text looked at once."""
        encodings = self._cut.encode_batch_fast(list(texts))
        return Tokens(
            [encoding.ids for encoding in encodings],
            [len(each) + sum(len(rest) - self._special for rest in each.overflowing) for each in encodings],
        )

    def places(self, text: str) -> list[tuple[int, int]]:
        """Where each token of a whole text begins and ends in it, special ones left out."""
        return list(self._whole.encode(text, add_special_tokens=False).offsets)

    def count_special(self, prompt: str) -> int:
        """Tokens that a prompt and the marks of beginning and end take of every text."""
        return len(self._whole.encode(prompt).ids)

    def arrays(self, ids: Sequence[Sequence[int]]) -> tuple[Integers, Integers]:
        """Texts as one batch: ``(n, t)`` int64 numbers of tokens, and 1 where there is one."""
        longest = max(map(len, ids))
        shape = len(ids), min(self._limit, -(-longest // _STEP) * _STEP)
        numbers, mask = np.full(shape, self._pad, np.int64), np.zeros(shape, np.int64)
        for row, some in enumerate(ids):
            numbers[row, : len(some)], mask[row, : len(some)] = some, 1
        return numbers, mask
