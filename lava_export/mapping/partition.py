"""Cores shared among the chips of a board, so that few messages pass from chip to chip.

The number of chips is the least that holds the cores. Which core goes to which chip is decided by
METIS (G. Karypis and V. Kumar, SIAM J. Sci. Comput. 20(1), 1998, by the package pymetis) on the
graph of cores, an edge weighing as many neurons as send from one to the other. METIS may exceed a
chip's cores; such an answer is not taken. The cores in their own order stand beside it, so that the
choice is never worse than these.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from lava_export.chips.catalogue import Chip
from lava_export.integers.network import IntegerNetwork
from lava_export.mapping.capacity import PopulationCapacity, chip_capacity
from lava_export.mapping.packing import even_sizes
from spikeff.errors import TargetUnavailableError
from spikeff.ir.arrays import Array

SEEDS = range(1, 5)
WEIGHT_SUM = 2**30  # METIS adds weights in 32 bits


@dataclass(frozen=True, eq=False)
class OnChips:
    """A network on the chips of a board.

    Attributes:
        capacity: Cores of every population; cores are numbered in the order of populations.
        chip_of: Chip of every core, (cores,).
        axons: Output axons from chip (row) to chip (column), (chips, chips): neurons times the
            cores that each sends to. Input and blanking line come from the host and are left out.
    """

    capacity: tuple[PopulationCapacity, ...]
    chip_of: Array
    axons: Array

    @property
    def cores(self) -> Array:
        """Cores in use on every chip, (chips,)."""
        return np.bincount(self.chip_of, minlength=len(self.axons))

    @property
    def between(self) -> int:
        """Output axons that pass from one chip to another."""
        return int(self.axons.sum() - np.trace(self.axons))


def on_chips(network: IntegerNetwork, chip: Chip, chips: int) -> OnChips:
    """Place a network on as few of ``chips`` chips as hold it.

    Raises:
        LimitError: It does not fit them.
        TargetUnavailableError: It takes more than one, and pymetis is not there.
    """
    capacity = chip_capacity(network, chip, chips)
    cores = sum(part.cores for part in capacity)
    axons = core_axons(network, capacity)
    used = -(-cores // chip.cores)
    chip_of = chips_of_cores(axons, used, chip.cores)
    member = csr_matrix((np.ones(cores, np.int64), (np.arange(cores), chip_of)), (cores, used))
    return OnChips(capacity, chip_of, (member.T @ axons @ member).toarray())


def core_axons(network: IntegerNetwork, capacity: tuple[PopulationCapacity, ...]) -> csr_matrix:
    """Neurons of the row's core that send to the column's core, (cores, cores)."""
    first = np.cumsum([0, *(part.cores for part in capacity)])
    start = {part.name: int(first[k]) for k, part in enumerate(capacity)}
    group = {p.name: np.repeat(np.arange(p.cores), p.sizes) for p in capacity}
    total = int(first[-1])
    found = csr_matrix((total, total), dtype=np.int64)
    for source in start:
        sent = [np.zeros(0, np.int64)]
        for c in network.connections:
            if c.source == source:
                cores = int(group[c.target][-1]) + 1
                neuron, core, _ = c.connectivity.axons(c.weights != 0, group[c.target], cores)
                sent.append(neuron * total + start[c.target] + core)
        neuron, core = np.divmod(np.unique(np.concatenate(sent)), total)
        sender = start[source] + group[source][neuron]
        found += csr_matrix((np.ones(len(core), np.int64), (sender, core)), (total, total))
    return found


def chips_of_cores(axons: csr_matrix, chips: int, most: int) -> Array:
    """Chip of every core, ``most`` cores on each at most, so that few axons pass between chips.

    Args:
        axons: From core to core, (cores, cores).
        chips: So many hold the cores.

    Raises:
        TargetUnavailableError: There is more than one chip, and pymetis is not there.
    """
    if chips == 1:
        return np.zeros(axons.shape[0], np.int64)
    choices = [*_in_order(axons.shape[0], chips, most), *_by_metis(axons, chips, most)]
    allowed = [c for c in choices if np.bincount(c, minlength=chips).max() <= most]
    return _numbered(min(allowed, key=lambda chip_of: _between(axons, chip_of)))


def _in_order(cores: int, chips: int, most: int) -> Iterator[Array]:
    """Consecutive cores, shared evenly and filled to the brim."""
    yield np.repeat(np.arange(chips), even_sizes(cores, chips))
    yield np.arange(cores) // most


def _by_metis(axons: csr_matrix, chips: int, most: int) -> Iterator[Array]:
    metis = _pymetis()
    graph = (axons + axons.T).tocsr()
    graph.setdiag(0)
    graph.eliminate_zeros()
    if not graph.nnz:
        return
    share = min(1.0, WEIGHT_SUM / int(graph.data.sum()))
    weights = np.ceil(graph.data * share).astype(np.int32)
    slack = max(1, 1000 * most * chips // graph.shape[0] - 1000)  # thousandths above an even share
    for seed in SEEDS:
        for recursive in (False, True):
            options = metis.Options(seed=seed, ufactor=int(slack))
            parts = metis.part_graph(
                chips,
                metis.CSRAdjacency(graph.indptr, graph.indices),
                eweights=weights,
                recursive=recursive,
                options=options,
            )
            yield np.asarray(parts.vertex_part, np.int64)


def _pymetis() -> Any:
    try:
        return import_module("pymetis")
    except ImportError as error:
        raise TargetUnavailableError(
            f"a network on several chips is shared among them by pymetis, which is missing "
            f"({error}); it comes with the extra 'boards': pip install 'spikeff[boards]'."
        ) from None


def _between(axons: csr_matrix, chip_of: Array) -> int:
    pairs = axons.tocoo()
    return int(pairs.data[chip_of[pairs.row] != chip_of[pairs.col]].sum())


def _numbered(chip_of: Array) -> Array:
    """The same chips, numbered in the order in which cores find them."""
    _, first, number = np.unique(chip_of, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[number]
