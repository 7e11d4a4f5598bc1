"""Work spread over the processor's cores: a pool of threads, each with single-threaded BLAS.

NumPy, SciPy, torch and compiled loops release the GIL, so threads run in parallel; a BLAS with
threads of its own would compete with them.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")
LIMIT = "OMP_NUM_THREADS"
READ_AHEAD = 2  # results that are read before they are asked for


def cores() -> int:
    """Cores that this process may use: its affinity, or OMP_NUM_THREADS if that is lower."""
    available = (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
    limit = os.environ.get(LIMIT, "")
    return min(available, int(limit)) if limit.isdecimal() and int(limit) else available


def in_order(work: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[Result]:
    """``map(work, items)`` on all cores; an error of ``work`` is raised when its turn comes.

    At most one result per core is computed ahead, so that few results are held in memory.
    """
    if min(cores(), len(items)) < 2:
        yield from map(work, items)
        return
    ahead: deque[Future[Result]] = deque()
    for item in items:
        ahead.append(_pool(cores()).submit(work, item))
        if len(ahead) > cores():
            yield ahead.popleft().result()
    while ahead:
        yield ahead.popleft().result()


def read_ahead(read: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """``map(read, items)``, with the next results read by a thread while one is worked on."""
    with ThreadPoolExecutor(1) as reader:
        ahead: deque[Future[Result]] = deque()
        for item in items:
            ahead.append(reader.submit(read, item))
            if len(ahead) > READ_AHEAD:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()


@lru_cache(maxsize=1)
def _pool(threads: int) -> ThreadPoolExecutor:
    """Cached, since training asks for it many times a second."""
    return ThreadPoolExecutor(threads)


# A forked process has none of its parent's threads, so it must not inherit the pool.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pool.cache_clear)


def over_cores(work: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    """``[work(item) for item in items]``, on all cores, where ``work`` uses linear algebra."""
    if min(cores(), len(items)) < 2:
        return [work(item) for item in items]
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1, user_api="blas"):
        return list(in_order(work, items))
