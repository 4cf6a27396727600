"""Which examples meet in a batch: all that a training sees, in order, from a seed.

In-batch negatives are free, and false ones are poison. So two examples of one group, or with a text in common, are kept
in different batches. Texts of like length are put together: nothing is lost to padding, and length alone tells no model
which text fits. The order is made before training begins, so that one that was cut off goes on exactly where it was.
"""

import random
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from profilesearch.errors import TrainingError

from .examples import Example

_SORTED_TOGETHER = 16
"""Batches whose examples are sorted by length together; more would make every epoch's batches alike."""

_TRIES = 100
"""Examples that are drawn at random before all are looked at."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """One example as a step sees it: one of its positives, and as many of its negatives as every other has."""

    query: str
    positive: str
    negatives: tuple[str, ...]
    key: str

    @property
    def length(self) -> int:
        """Characters of the longest of its texts."""
        return max(map(len, (self.query, self.positive, *self.negatives)))


def compose(
    examples: Sequence[Example], batch_size: int, epochs: int, negatives: int = 0, seed: int = 0
) -> Iterator[list[Drawn]]:
    """Batches of all epochs, in order; a last one that is not full is left out unless it is an epoch's only one.

    Args:
        examples: what there is to learn.
        batch_size: examples in a batch.
        epochs: how often each example is seen, each time with one of its positives, drawn at random.
        negatives: mined negatives of each example; where it has fewer, others' positives stand in.
        seed: the same seed gives the same batches.

    Raises:
        TrainingError: an example has too few negatives, and none can stand in.
    """
    for epoch in range(epochs):
        chance = random.Random(f"{seed}:{epoch}")
        drawn = [_draw(example, examples, negatives, chance) for example in examples]
        chance.shuffle(drawn)
        batches = list(_batches(drawn, batch_size))
        full = [batch for batch in batches if len(batch) == batch_size] or batches[:1]
        chance.shuffle(full)
        yield from full


def _draw(example: Example, examples: Sequence[Example], negatives: int, chance: random.Random) -> Drawn:
    chosen = list(example.negatives)
    if len(chosen) > negatives:
        chosen = chance.sample(chosen, negatives)
    while len(chosen) < negatives:
        chosen.append(chance.choice(_stranger(example, examples, chance).positives))
    return Drawn(example.query, chance.choice(example.positives), tuple(chosen), example.key)


def _stranger(example: Example, examples: Sequence[Example], chance: random.Random) -> Example:
    """Another example, of another group and of another query.

    Raises:
        TrainingError: there is none.
    """
    for _ in range(_TRIES):
        other = examples[chance.randrange(len(examples))]
        if _apart(other, example):
            return other
    if not (others := [other for other in examples if _apart(other, example)]):
        raise TrainingError(
            f"the query {example.query[:60]!r} has too few negatives, and no example of another query and group to take one "
            "from: expected such examples, or more negatives (train mine), or --negatives 0"
        )
    return chance.choice(others)


def _apart(one: Example, other: Example) -> bool:
    return one.key != other.key and one.query.casefold() != other.query.casefold()


def _batches(drawn: Sequence[Drawn], size: int) -> Iterator[list[Drawn]]:
    """Batches without two of a group or of a text."""
    together = size * _SORTED_TOGETHER
    waiting: deque[Drawn] = deque()
    for start in range(0, len(drawn), together):
        waiting = deque(sorted([*waiting, *drawn[start : start + together]], key=lambda one: one.length))
        while len(waiting) >= size:
            batch = _one_batch(waiting, size)
            if len(batch) < size:  # too many of one group: they wait for others
                waiting.extendleft(reversed(batch))
                break
            yield batch
    while waiting:
        yield _one_batch(waiting, size)


def _one_batch(waiting: deque[Drawn], size: int) -> list[Drawn]:
    """Take the first that are apart; the others go on waiting, in order."""
    batch: list[Drawn] = []
    seen: set[str] = set()
    passed: list[Drawn] = []
    while waiting and len(batch) < size:
        example = waiting.popleft()
        marks = {f"group {example.key}", example.query.casefold(), example.positive.casefold()}
        if marks & seen:
            passed.append(example)
        else:
            batch.append(example)
            seen |= marks
    waiting.extendleft(reversed(passed))
    return batch
