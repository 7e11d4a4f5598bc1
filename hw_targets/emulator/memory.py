"""Memory for spikes and states: that of an earlier run, once nobody holds it any more.

A run over many samples is a row of runs whose traces have the same sizes. Pages that the system
maps anew for each of them can take longer than the additions that fill them.
"""

from __future__ import annotations

import math
from threading import Lock
from typing import Any
from weakref import finalize

import numpy as np

from spikeff.ir.arrays import Array

# What is kept for later runs at most, and what is too little to be kept.
KEPT_BYTES, WORTH_KEEPING = 2**28, 2**20
# How many times larger than what is asked for a piece may be.
SLACK = 4


class Memory:
    """Pieces of memory that go round.

    Args:
        kept_bytes: Most bytes that are kept while nobody uses them.
    """

    def __init__(self, kept_bytes: int = KEPT_BYTES) -> None:
        self._kept_bytes = kept_bytes
        self._free: list[Array] = []
        self._lock = Lock()

    def empty(self, shape: tuple[int, ...], kind: type[np.generic]) -> Array:
        """An array whose values are anything, as ``np.empty``."""
        size = math.prod(shape) * np.dtype(kind).itemsize
        if size < WORTH_KEEPING:
            return np.empty(shape, kind)
        piece = self._taken(size)
        # Arrays made of this one hold it, whatever they are made by; it does not own its memory.
        handed_out: Any = np.frombuffer(piece.data, np.uint8, size)
        finalize(handed_out, self._give_back, piece).atexit = False
        return np.asarray(handed_out.view(kind).reshape(shape))

    def _taken(self, size: int) -> Array:
        with self._lock:
            for place, piece in enumerate(self._free):
                if size <= piece.nbytes <= SLACK * size:
                    return self._free.pop(place)
        return np.empty(size, np.uint8)

    def _give_back(self, piece: Array) -> None:
        # A collection of garbage may call this while its own thread holds the lock: then the piece
        # is let go.
        if not self._lock.acquire(blocking=False):
            return
        try:
            self._free.append(piece)
            while sum(each.nbytes for each in self._free) > self._kept_bytes:
                self._free.pop(0)
        finally:
            self._lock.release()


MEMORY = Memory()
