"""Weights as the compiled emulator adds them: rows of narrow integers, or lists of synapses.

A connection's weights are divided by their common power of two, which is its scale. Every sum over
some of its sources stays within int32, and sums of a few rows stay within the type of the table:
both are proven here from the weights, or there is no table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, diags

from hw_targets.emulator.synapses import Synapses
from spikeff.ir.arrays import Array

INT16_MAX, INT32_MAX = 2**15 - 1, 2**31 - 1
# Rows that are summed at least before they are widened; from a fourfold sum on, widening is cheap.
FEWEST_ROWS = 8
# Bytes of rows that stay in the level-2 cache, and targets below which a row is not worth its name.
BLOCK_BYTES, FEWEST_TARGETS = 2**20, 256


@dataclass(frozen=True, eq=False)
class Block:
    """Weights of some of the targets, as ``compiled_kernels.run_population`` takes them.

    Attributes:
        low: First target.
        high: Target behind the last.
        table: int16 or int32 (rows, targets).
        starts: Of the lists, int64 (listed sources + 1).
        posts: int32 (listed synapses), counted from ``low``.
        values: int32 (listed synapses).
    """

    low: int
    high: int
    table: Array
    starts: Array
    posts: Array
    values: Array


@dataclass(frozen=True, eq=False)
class Tables:
    """Incoming weights of one population.

    Attributes:
        sources: Name of each connection's source.
        delays: Delay of each.
        firsts: First row of each in the tables, or its first list.
        most: Rows of each whose sum fits the type of the tables; 0 for listed synapses.
        scales: Units of u per unit of each one's weights, float64.
        blocks: Weights by blocks of targets.
    """

    sources: list[str]
    delays: list[int]
    firsts: list[int]
    most: list[int]
    scales: Array
    blocks: list[Block]


def prepare(name: str, synapses: list[Synapses], sizes: dict[str, int]) -> Tables | None:
    """Tables of a population's incoming synapses; None where their sums may leave int32.

    Args:
        name: Of the population.
        synapses: Of all its connections.
        sizes: Neurons of every source.
    """
    scales = [_common_power(s) for s in synapses]
    if any(s.worst // scale > INT32_MAX for s, scale in zip(synapses, scales, strict=True)):
        return None
    highest = [_highest(s, k) for s, k in zip(synapses, scales, strict=True)]
    narrow = FEWEST_ROWS * max(highest, default=1) <= INT16_MAX
    limit = INT16_MAX if narrow else INT32_MAX
    kind = np.dtype(np.int16 if narrow else np.int32)
    rows = [_rows(s, k, sizes[s.source], kind) for s, k in zip(synapses, scales, strict=True)]
    lists = [_listed(s, k) for s, k in zip(synapses, scales, strict=True)]
    dense = [s.dense is not None for s in synapses]
    whole = np.concatenate([np.zeros((0, sizes[name]), kind), *rows])
    firsts = _firsts(rows, lists, dense)
    rows.clear()  # a network is large: one form of it at a time
    # A neuron of one block may hear neurons of another, whose spikes would not be known yet.
    apart = all(s.diagonal is not None for s in synapses if s.source == name)
    wide = max(FEWEST_TARGETS, BLOCK_BYTES // (kind.itemsize * max(len(whole), 1)) // 8 * 8)
    ends = range(0, sizes[name], wide if apart else sizes[name])
    return Tables(
        [s.source for s in synapses],
        [s.delay for s in synapses],
        firsts,
        [limit // h if d else 0 for h, d in zip(highest, dense, strict=True)],
        np.array(scales, np.float64),
        [_block(whole, lists, low, min(low + ends.step, sizes[name])) for low in ends],
    )


def _block(rows: Array, lists: list[csr_matrix], low: int, high: int) -> Block:
    parts = [each[:, low:high] for each in lists]
    lengths = [np.diff(each.indptr) for each in parts]
    starts = np.concatenate([np.zeros(1, np.int64), *lengths]).cumsum()
    posts = np.concatenate([np.zeros(0, np.int32), *(each.indices for each in parts)])
    values = np.concatenate([np.zeros(0), *(each.data for each in parts)])
    table = np.ascontiguousarray(rows[:, low:high])
    return Block(low, high, table, starts, posts.astype(np.int32), values.astype(np.int32))


def _firsts(rows: list[Array], lists: list[csr_matrix], dense: list[bool]) -> list[int]:
    """Where each connection's rows or lists begin among those of all."""
    first_row = np.cumsum([0, *(len(each) for each in rows)])
    first_list = np.cumsum([0, *(each.shape[0] for each in lists)])
    return [int(first_row[k] if d else first_list[k]) for k, d in enumerate(dense)]


def _common_power(synapses: Synapses) -> int:
    """The largest power of two that divides all weights; 1 without any."""
    bits = 0
    for values in np.atleast_2d(_values(synapses)):
        bits |= int(np.bitwise_or.reduce(values.astype(np.int64), initial=0))
    return bits & -bits or 1


def _values(synapses: Synapses) -> Array:
    if synapses.dense is not None:
        return synapses.dense
    stored: Any = synapses.diagonal if synapses.sparse is None else synapses.sparse.data
    return np.asarray(stored)


def _highest(synapses: Synapses, scale: int) -> int:
    """Size of the largest weight of a row in units of ``scale``; 1 at least."""
    if synapses.dense is None or not synapses.dense.size:
        return 1
    largest = max(synapses.dense.max(), -synapses.dense.min())
    return max(int(largest) // scale, 1)


def _rows(synapses: Synapses, scale: int, sources: int, kind: np.dtype[Any]) -> Array:
    """Rows of all sources, (sources, targets); none where synapses are listed."""
    if synapses.dense is None:
        return np.zeros((0, _listed(synapses, scale).shape[1]), kind)
    narrow = np.empty(synapses.dense.shape, kind)
    np.divide(synapses.dense, scale, out=narrow, casting="unsafe")
    if synapses.channels is None:
        return narrow
    rows = np.zeros((sources, narrow.shape[1]), kind)
    rows[synapses.channels] = narrow
    return rows


def _listed(synapses: Synapses, scale: int) -> csr_matrix:
    """Listed synapses (sources, targets); none where there are rows."""
    if synapses.dense is not None:
        return csr_matrix((0, synapses.dense.shape[1]))
    if synapses.sparse is not None:
        return synapses.sparse / scale
    assert synapses.diagonal is not None
    return diags(synapses.diagonal / scale, format="csr")
