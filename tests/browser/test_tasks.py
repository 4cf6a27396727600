"""What a recruiter does in a day, in no more clicks and keys than the documents say."""

import pytest
from playwright.sync_api import Browser

from bench.tasks import TASKS, measured

MOST = {
    "in a sentence": (3, 1),
    "a job description": (4, 2),
    "side by side": (6, 0),
    "to a colleague": (9, 0),
    "“nurse”": (0, 1),
    "“prodct manger”": (1, 1),
    "“PM”": (1, 1),
    "“SRE”": (1, 1),
    "“Krankenpfleger”": (1, 1),
    "“看護師”": (1, 1),
    "an id": (1, 1),
    "nonsense": (1, 2),
    "out of nobody": (1, 0),
    "keyboard alone": (0, 8),
}
"""Clicks, and keys besides typed text."""


@pytest.mark.parametrize("name", TASKS)
def test_a_task_takes_no_more_than(browser: Browser, address: str, name: str) -> None:
    clicks, keys, _ = measured(browser, address, TASKS[name][0])
    assert (clicks, keys) == MOST[name]
