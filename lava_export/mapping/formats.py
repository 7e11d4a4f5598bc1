"""What synapses take in each format of a core's synaptic memory, beside the one they are packed in.

    dense        the weights of all targets in the core, zeros included
    sparse       the stored weights, each with the index of its target
    run-length   runs of neighbouring targets, each with one index and one length
    shared       one list of weights for all sources that differ by a shift of their targets

The first two are packed (``lava_export.mapping.packing``) and decide what fits. Shared is how
nengo-loihi puts convolutions on the chip (``conv.py``): population axons with a base that is added
to the indices of the list, below 256; how a Loihi 2 stores them is not published. Davies et al.
2018 say that there are three formats for sparse synapses and not how they are laid out. Both are
estimates.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lava_export.chips.catalogue import Chip
from lava_export.integers.network import IntegerConnection, IntegerNetwork
from lava_export.mapping.layout import Layout
from lava_export.mapping.packing import (
    BLOCK,
    BLOCK_HEADER_BITS,
    DENSE_FORMAT,
    SPARSE_FORMAT,
    WORD,
    Synapses,
    axon_bits,
    index_bits,
)
from spikeff.ir.arrays import Array

RUN_LENGTH_FORMAT, SHARED_FORMAT = "run-length", "shared"
BASES = 256  # that a population axon can add to the indices of its list
NENGO = "nengo-loihi, block.py"
# Of each format: how its bits are known, and from where.
FORMATS = {
    DENSE_FORMAT: ("packed", NENGO),
    SPARSE_FORMAT: ("packed", NENGO),
    RUN_LENGTH_FORMAT: ("estimated", "Davies et al., IEEE Micro 38(1), 2018: named, no layout"),
    SHARED_FORMAT: ("estimated", "nengo-loihi, conv.py: population axons of Loihi 1"),
}


@dataclass(frozen=True)
class Storage:
    """Synaptic memory of one list of synapses, over all cores that hold a part of it.

    Attributes:
        connection: "source->target".
        synapses: Stored synapses.
        weights: Stored weights; fewer where synapses share them.
        packed: Format that it is packed in; "dense and sparse" where cores differ.
        bits: By format; "shared" only where synapses share weights.
    """

    population: str
    connection: str
    synapses: int
    weights: int
    packed: str
    bits: dict[str, int]


def storage(network: IntegerNetwork, chip: Chip) -> tuple[Storage, ...]:
    """Synaptic memory of every list of synapses, on as many cores of ``chip`` as it takes."""
    layout = Layout(network, chip)
    return tuple(
        _storage(p.name, each, layout.runs(p.name))
        for p in network.populations
        for each in layout.synapses(p.name)
    )


def shares_weights(connection: IntegerConnection) -> bool:
    """Whether synapses share weights."""
    listed = connection.connectivity.count(connection.weights.shape)
    return listed > connection.weights.size


def _storage(name: str, synapses: Synapses, runs: list[tuple[int, int]]) -> Storage:
    c = synapses.connection
    post, pre, weight = _listed(synapses)
    shared = shares_weights(c)
    bits = dict.fromkeys(FORMATS if shared else [f for f in FORMATS if f != SHARED_FORMAT], 0)
    packed = set()
    for start, stop in runs:
        low, high = np.searchsorted(post, (start, stop))
        order = low + np.lexsort((post[low:high], pre[low:high]))
        source, at = pre[order], post[order] - start
        for kind, more in _bits(source, at, stop - start, synapses).items():
            bits[kind] += more
        if shared:
            bits[SHARED_FORMAT] += _shared_bits(source, at, weight[order], synapses.width)
        packed.add(synapses.packed(start, stop).format)
    return Storage(
        name,
        f"{c.source}->{c.target}",
        len(post),
        len(np.unique(weight)),
        " and ".join(sorted(packed)),
        bits,
    )


def _listed(synapses: Synapses) -> tuple[Array, Array, Array]:
    """Target, source and weight of every stored synapse, by target."""
    c = synapses.connection
    listed = c.connectivity.synapses(c.weights.shape)
    kept = np.flatnonzero(synapses.stored.reshape(-1)[listed.weight])
    return listed.post[kept], listed.pre[kept], listed.weight[kept]


def _bits(pre: Array, at: Array, size: int, synapses: Synapses) -> dict[str, int]:
    """Bits of one core in the formats that store every synapse, sorted by source and target.

    Args:
        at: Target of each synapse among those of the core.
        size: Neurons of the core.
    """
    width, index = synapses.width, index_bits(size)
    first = np.flatnonzero(np.diff(pre, prepend=-1))
    counts = np.diff(first, append=len(pre))
    begins = (np.diff(pre, prepend=-1) != 0) | (np.diff(at, prepend=-2) != 1)
    runs = np.add.reduceat(begins.astype(np.int64), first) if len(first) else first
    blocks = -(-counts // BLOCK)
    in_runs = counts * width + runs * 2 * index + blocks * BLOCK_HEADER_BITS
    return {
        DENSE_FORMAT: len(first) * int(axon_bits(size, width)),
        SPARSE_FORMAT: int(axon_bits(counts, width + index).sum()),
        RUN_LENGTH_FORMAT: int((-(-in_runs // WORD) * WORD).sum()),
    }


def _shared_bits(pre: Array, at: Array, weight: Array, width: int) -> int:
    """Bits of one core where sources share lists; see :func:`_bits` for the order."""
    first = np.flatnonzero(np.diff(pre, prepend=-1))
    if not len(first):
        return 0
    counts = np.diff(first, append=len(pre))
    index = at - np.repeat(at[first] % BASES, counts)
    pairs = np.stack([index, weight], axis=1)
    lists = {each.tobytes(): len(each) for each in np.split(pairs, first[1:])}
    of_each = np.array(list(lists.values()))
    return int(axon_bits(of_each, width + index_bits(int(index.max()) + 1)).sum())
