"""``--clusters auto``"""

from typing import Any

import numpy as np

from indexer.build.cluster_count import CANDIDATES, choose_clusters
from indexer.report import Report
from indexer.wording import word
from profilesearch.vectors import unit_rows


class Listener(Report):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def say(self, key: str, **values: Any) -> None:
        self.lines.append(word(key, **values))


def test_the_number_with_the_fewest_comparisons_is_chosen_and_the_table_told() -> None:
    rng = np.random.default_rng(1)
    vectors = unit_rows(np.repeat(np.eye(32), 40, axis=0) + 0.05 * rng.normal(size=(1280, 32)))
    told = Listener()
    chosen = choose_clusters(vectors, told)
    table = {int(line.split()[0]): float(line.split()[3].replace(",", "")) for line in told.lines[1:-1]}
    assert set(table) == {amount for amount in CANDIDATES if amount <= 64}
    assert table[chosen] == min(table.values())
    assert 20 <= chosen <= 60
    assert told.lines[-1] == f"{chosen} clusters need the fewest comparisons"


def test_small_collections() -> None:
    assert choose_clusters(unit_rows(np.eye(8)[[0, 1, 2] * 4] + 0.01), Listener()) == CANDIDATES[0]
