"""Work over the processor's cores: chunks in threads, each with one thread of linear algebra.

NumPy and SciPy release Python's lock in their loops, so threads run side by side; a BLAS with
threads of its own would compete with them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")
LIMIT = "OMP_NUM_THREADS"


def cores() -> int:
    """Cores that this process may use: those of its affinity, or fewer if OMP_NUM_THREADS says."""
    available = (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
    limit = os.environ.get(LIMIT, "")
    return min(available, int(limit)) if limit.isdecimal() and int(limit) else available


def over_cores(work: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """``[work(item) for item in items]``, on all cores; the first error of ``work`` is raised."""
    items = list(items)
    threads = min(cores(), len(items))
    if threads < 2:
        return [work(item) for item in items]
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, items))
