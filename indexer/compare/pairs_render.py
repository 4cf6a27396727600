"""Questions and answers, compared, as matrices for people and as JSON."""

import io
import json
from collections.abc import Iterable
from dataclasses import asdict

from rich.console import Console

from ..wording import word
from .pairs import Matched
from .render import Rows, rich_table

_WIDEST = 8
"""Questions and answers of a matrix for people."""


def pairs_text(matched: Iterable[Matched]) -> str:
    """A matrix for each model, as far as it fits, and how far right answers are from wrong ones."""
    console = Console(width=120, record=True, file=io.StringIO(), highlight=False)
    for each in matched:
        shown = each.matrix[:_WIDEST, :_WIDEST]
        numbers = [str(place + 1) for place in range(shown.shape[1])]
        rows = [[str(place + 1), *(f"{value:.2f}" for value in row)] for place, row in enumerate(shown)]
        console.print(word("compare.pairs", model=each.model), markup=False)
        console.print(rich_table(Rows("", ("", *numbers), rows)))
        console.print(
            word(
                "compare.separation",
                right=each.separation.right.mean,
                wrong=each.separation.wrong.mean,
                auc=each.separation.auc,
                d_prime=each.separation.d_prime,
                first=each.first,
            )
        )
    return console.export_text()


def pairs_json(matched: Iterable[Matched]) -> str:
    """Matrices and separations."""
    return json.dumps(
        [
            {
                "model": each.model,
                "matrix": [[round(float(value), 4) for value in row] for row in each.matrix],
                "separation": asdict(each.separation),
                "own_answer_first": each.first,
            }
            for each in matched
        ],
        indent=1,
    )
