"""How many threads compute a batch."""

import os
from pathlib import Path

import pytest

from profilesearch.embedding.threads import threads_for, usable_cores


@pytest.mark.parametrize(("cores", "threads"), [(1, 1), (2, 2), (3, 3), (4, 3), (8, 7), (16, 15), (17, 16), (192, 16)])
def test_threads_for_cores(cores: int, threads: int) -> None:
    assert threads_for(cores) == threads


@pytest.mark.parametrize(
    ("quota", "most"),
    [
        ("150000 100000\n", 2),
        ("50000 100000\n", 1),
        ("100000 100000", 1),
        ("max 100000\n", 999),
        ("rubbish", 999),
        ("1 0", 999),
    ],
)
def test_a_containers_share_bounds_them(tmp_path: Path, quota: str, most: int) -> None:
    cores = usable_cores(tmp_path / "there is none")
    assert 1 <= cores <= (os.cpu_count() or 1)
    (tmp_path / "cpu.max").write_text(quota)
    assert usable_cores(tmp_path / "cpu.max") == min(cores, most)


def test_a_process_that_may_use_one_core_uses_one(tmp_path: Path) -> None:
    if not hasattr(os, "sched_setaffinity"):
        pytest.skip("this system does not say on which cores a process may run")
    before = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(before)})
        assert usable_cores(tmp_path / "there is none") == 1
    finally:
        os.sched_setaffinity(0, before)
