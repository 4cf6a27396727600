"""How many threads compute one batch of texts on a processor.

========  =======  ==============================================================================================
cores     threads  why
========  =======  ==============================================================================================
1 to 3    all      a search waits for its embedding more than for anything else
4 to 17   all - 1  threads meet after each of a network's products and wait for the slowest; one core is left to whoever
                   reads requests, tokenises the next texts or answers for Redis, so that none of them is pushed aside
more      16       a part of a short query's product then takes no longer than the meeting after it
========  =======  ==============================================================================================

What counts are the cores that this process may use: in a container these are often fewer than the machine has, which the
libraries' own choice does not see.
"""

import math
import os
from pathlib import Path

_MOST = 16
_LEFT_FROM = 4
_QUOTA = Path("/sys/fs/cgroup/cpu.max")


def threads_for(cores: int) -> int:
    """How many threads for so many cores; see the table above."""
    return cores if cores < _LEFT_FROM else min(_MOST, cores - 1)


def usable_cores(quota: Path = _QUOTA) -> int:
    """The cores that this process may run on, no more than its control group's share of time.

    Args:
        quota: the file of the control group (https://docs.kernel.org/admin-guide/cgroup-v2.html).
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        share, period = quota.read_text().split()
        return max(1, min(cores, math.ceil(int(share) / int(period))))
    except (OSError, ValueError, ZeroDivisionError):  # no control groups, or "max": no limit
        return cores
