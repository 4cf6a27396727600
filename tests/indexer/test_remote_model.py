"""A build through an OpenAI-compatible address that misbehaves loses no row and doubles none."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from profilesearch.vectors import from_bytes
from tests.indexer.conftest import Warm
from tests.openai_server import Embed, Reply, openai_server

PEOPLE = 300


def direction(text: str) -> list[float]:
    """A vector of its own for each person: their number as an angle."""
    angle = int(text.split()[-1]) / PEOPLE if text.split()[-1].isdigit() else 0.5
    return [float(np.cos(angle)), float(np.sin(angle)), 0.0]


def well(texts: list[str]) -> list[list[float]]:
    return [direction(text) for text in texts]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "people.jsonl"
    rows = [{"id": f"p{n}", "headline": f"Person {n}", "about": f"the person with number {n}"} for n in range(PEOPLE)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture
def build_with(
    warm: Warm, redis_url: str, source: Path, tmp_path: Path
) -> Callable[[Embed], tuple[int, str, list[str]]]:
    """Builds with what embeds; gives exit status, what was said, and the texts that were sent."""

    def run(embed: Embed) -> tuple[int, str, list[str]]:
        with openai_server(embed=embed) as server:
            options = ["--model", "openai:tiny", "--clusters", "2", "--text-fields", "about", "--json"]
            variables = {"OPENAI_BASE_URL": server.address, "PROFILESEARCH_CACHE": str(tmp_path / "cache")}
            status, _, said = warm.run(redis_url, "build", str(source), *options, **variables)
            return status, said, [text for batch in server.batches for text in batch]

    return run


def check_everybody(client: Any, version: str) -> None:
    """Each person is there once, with their own vector."""
    keys = list(client.scan_iter(match=f"profile:{version}:*", count=1000))
    assert len(keys) == len(set(keys)) == PEOPLE
    for key in keys:
        row = client.hgetall(key)
        assert np.allclose(from_bytes(row[b"embedding"], 3), direction(row[b"text"].decode()), atol=1e-6)


def test_limits_errors_and_lost_connections(
    client: Any, build_with: Callable[[Embed], tuple[int, str, list[str]]]
) -> None:
    troubles = [Reply(status=429), Reply(cut_off=True), Reply(status=503), Reply(status=429)]
    calls = 0

    def embed(texts: list[str]) -> list[list[float]] | Reply:
        nonlocal calls
        calls += 1
        return troubles.pop() if troubles and calls % 2 == 0 else well(texts)

    status, said, _ = build_with(embed)
    assert status == 0 and not troubles, said
    check_everybody(client, "v1")


@pytest.mark.parametrize("wrong", [[float("nan"), 1.0, 0.0], [1.0, 0.0], [0.0, 0.0, 0.0]], ids=["NaN", "short", "zero"])
def test_a_wrong_vector_refuses_the_build_and_the_next_one_is_whole(
    client: Any, build_with: Callable[[Embed], tuple[int, str, list[str]]], wrong: list[float]
) -> None:
    def embed(texts: list[str]) -> list[list[float]]:
        return [wrong if text.endswith(" 7") else vector for text, vector in zip(texts, well(texts), strict=True)]

    status, said, _ = build_with(embed)
    assert status == 1 and "openai:tiny" in said, said
    assert not list(client.scan_iter(match="profile:*")) and not client.exists("profiles:live")
    status, said, _ = build_with(well)
    assert status == 0, said
    (version,) = {key.split(b":")[1].decode() for key in client.scan_iter(match="profile:*:p*")}
    check_everybody(client, version)
