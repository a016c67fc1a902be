"""Several threads at one market. Kernels release the interpreter's lock, so that threads run at
once.

Threads need not agree on an order (docs/matching.md#the-order-of-proposals): each takes the next
students, and whoever offers a wish to a cap locks that cap (`heaps.lock`). Results never depend on
how many threads there are.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

WORTH_SHARING = 400_000
"""Wishes from which on a second thread gains more than it costs to start."""
MOST = 4
"""More threads hardly gain, since memory is the limit, and each keeps a bit for every wish."""
QUOTA = Path("/sys/fs/cgroup/cpu.max")


def crew_for(threads: int | None, wishes: int) -> int:
    """How many threads: as asked, or (None) as many as the process may use, but one for a small
    market.

    Raises ValueError when fewer than one are asked for.
    """
    if threads is not None and threads < 1:
        raise ValueError("threads must be at least 1")
    if threads is not None or wishes < WORTH_SHARING:
        return threads or 1
    cores = (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
    return max(1, min(cores, _quota(), MOST))


def _quota() -> int:
    """Whole processors that a container may use, MOST where nothing limits it."""
    try:
        most, period = QUOTA.read_text(encoding="ascii").split()
        return MOST if most == "max" else int(most) // int(period)
    except (OSError, ValueError):
        return MOST


def together(work: Callable[..., Any], jobs: Iterable[tuple[Any, ...]]) -> list[Any]:
    """What `work` returns for the arguments of every job, each in a thread of its own; the first
    error is raised."""
    jobs = list(jobs)
    if len(jobs) == 1:
        return [work(*jobs[0])]
    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(lambda job: work(*job), jobs))


def shares(size: int, crew: int) -> list[slice]:
    """[crew] consecutive parts of range(size), equally long but for one."""
    ends = [size * part // crew for part in range(crew + 1)]
    return [slice(first, end) for first, end in pairwise(ends)]
