"""Small networks on many cores, as only large ones are placed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from hw_targets.cost.placement import Placement


def spread_over(placement: Placement, cores: Sequence[int]) -> Placement:
    """The same populations, each over so many consecutive cores of its own."""
    core_of, first = {}, 0
    for (name, old), share in zip(placement.core_of.items(), cores, strict=True):
        core_of[name] = first + np.arange(len(old)) * share // len(old)
        first += share
    return replace(placement, core_of=core_of, chip_of=np.zeros(first, np.int64))
