"""Spikes times weights: rows of weights summed where spikes are few, else a dense product.

Both give the same bits: ``hw_targets.emulator.synapses`` chooses a float in which every sum over
any part of a row is an exact integer, so the order of the terms does not matter.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix

from spikeff.ir.arrays import Array

# Below this share of spikes, summing rows takes less time than the dense product (measured: one
# addition of the first for six products of the second).
EVENT_SHARE = 1 / 8


def product(spikes: Array, weights: Array) -> Array | None:
    """``spikes`` times ``weights``.

    Args:
        spikes: bool (rows, channels).
        weights: (channels, target).

    Returns:
        (rows, target) in the type of ``weights``; None where no channel spikes.
    """
    places = np.flatnonzero(spikes)
    if not len(places):
        return None
    if few(len(places), spikes.size):
        ones = np.ones(len(places), weights.dtype)
        rows, channels = spikes.shape
        return np.asarray(events(places, ones, (rows, channels)) @ weights)
    return np.asarray(spikes.astype(weights.dtype) @ weights)


def few(spikes: int, places: int) -> bool:
    """Whether spikes are few enough to be summed one by one."""
    return spikes < EVENT_SHARE * places


def events(places: Array, values: Array, shape: tuple[int, int]) -> csr_matrix:
    """``values`` at ascending flat ``places`` of ``shape`` (rows, columns), else zero."""
    rows, columns = shape
    starts = np.arange(rows + 1) * columns
    index = np.searchsorted(places, starts)
    indices = places - np.repeat(starts[:-1], np.diff(index))
    return csr_matrix((values, indices.astype(np.int32), index.astype(np.int32)), shape=shape)
