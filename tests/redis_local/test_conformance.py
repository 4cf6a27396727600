"""redis_local answers as a recorded Redis does."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from tests.redis_local.agreement import FREE_FORM, agree, is_error
from tests.redis_local.wire import Wire, run_case
from tests.servers import RedisLocal

RECORDINGS = sorted((Path(__file__).parent / "recordings").glob("*.jsonl"))
CASES: dict[str, dict[str, Any]] = {
    f"{path.stem}:{number}": json.loads(line)
    for path in RECORDINGS
    for number, line in enumerate(path.read_text().splitlines())
}


def test_there_are_recordings() -> None:
    assert len(CASES) >= 145


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
@pytest.mark.parametrize("protocol", [2, 3])
def test_answers_as_recorded(server: RedisLocal, case: dict[str, Any], protocol: int) -> None:
    with Wire(server.port, protocol) as wire, Wire(server.port, 2) as watcher:
        replies = run_case(wire, watcher, [step["cmd"] for step in case["steps"]])
    for step, got in zip(case["steps"], replies, strict=True):
        want = step[f"resp{protocol}"]
        assert agree(step["cmd"], want, got), f"{case['name']}\n{step['cmd']}\nwant {want}\ngot  {got}"


def test_refusals_are_worded_as_recorded(server: RedisLocal) -> None:
    """All but two of the recorded error texts, which say SUCCESS, are the same to the letter."""
    different = []
    for case in CASES.values():
        if not any(is_error(step["resp2"]) for step in case["steps"]):
            continue
        with Wire(server.port, 2) as wire, Wire(server.port, 2) as watcher:
            replies = run_case(wire, watcher, [step["cmd"] for step in case["steps"]])
        different += [
            (step["resp2"]["error"], got["error"])
            for step, got in zip(case["steps"], replies, strict=True)
            if is_error(step["resp2"]) and step["resp2"] != got
        ]
    assert len(different) <= 2, different


def _mutated(reply: Any) -> Any:
    """A reply that says something else."""
    if isinstance(reply, list) and reply[:1] == ["total_results"]:
        return [reply[0], 987654, *reply[2:]]
    if isinstance(reply, list):
        return [*reply[:-1], _mutated(reply[-1])] if reply else [1]
    if isinstance(reply, dict) and "map" in reply:
        changed = copy.deepcopy(reply)
        for pair in changed["map"]:
            if pair[0] in ("results", "total_results", "index_name"):
                pair[1] = 987654
        return changed
    return f"{reply} and more"


def test_the_comparison_can_fail() -> None:
    """A wrong count, another name or a missing error is noticed."""
    noticed = 0
    for case in CASES.values():
        for step in case["steps"]:
            want = step["resp2"]
            if step["cmd"][0] in FREE_FORM or step["cmd"][0] in ("SLEEP", "FT.INFO") or is_error(want):
                continue
            assert not agree(step["cmd"], want, {"error": "no"})
            if isinstance(want, list) and want and step["cmd"][0] == "FT.SEARCH":
                assert not agree(step["cmd"], want, [want[0] + 1 if isinstance(want[0], int) else 0, *want[1:]])
                noticed += 1
            elif want is not None:
                assert not agree(step["cmd"], want, _mutated(want))
                noticed += 1
    assert noticed > 500
