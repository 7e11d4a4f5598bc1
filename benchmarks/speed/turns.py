"""Sides of a comparison in turns: one process, one after the other, so that ratios are paired."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from statistics import median
from typing import Any

Seconds = dict[str, list[float]]


def seconds_of(work: Callable[[], Any]) -> float:
    """Wall seconds of ``work``."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def in_turns(sides: Mapping[str, Callable[[], float]], turns: int, warm_up: int = 0) -> Seconds:
    """What each side says its turn took; the first ``warm_up`` turns are left out."""
    found: Seconds = {name: [] for name in sides}
    for turn in range(warm_up + turns):
        for name, side in sides.items():
            spent = side()
            if turn >= warm_up:
                found[name].append(spent)
    return found


def paired(seconds: Seconds, name: str, reference: str) -> float:
    """Median over turns of how many times as long as the reference a side took."""
    pairs = zip(seconds[name], seconds[reference], strict=True)
    return median(ours / theirs for ours, theirs in pairs)
