"""Modulation computed by stock neurons: a ladder of thresholds on the goodness of a sample.

The counters of the readout (``lava_export.readout``) give the excess of all columns in integers.
Every neuron of a ladder adds up all of it, as the readout's accumulators do, and in the first idle
step it is lifted so far that it fires where the sum has reached its own threshold. The program's
table falls with the sum, so as many neurons fire as the modulation is below its highest value: each
spike takes 1 from y3. One ladder is for positives, one for negatives; which of them is heard is
what a sample is shown as.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lava_export.chips import limits
from lava_export.integers.network import IntegerConnection, IntegerNetwork, IntegerPopulation
from lava_export.plastic.forward_forward import Program, require_learnable
from lava_export.readout.chip_readout import TermSource, asking, counted, integrator
from lava_export.readout.threshold_counters import exact_synapses
from spikeff.errors import LimitError
from spikeff.ir.arrays import Array
from spikeff.ir.roles import COMPARATOR

POSITIVES, NEGATIVES = "modulator.positives", "modulator.negatives"


@dataclass(frozen=True, eq=False)
class Modulator:
    """A network with ladders that compute the modulation of a sample.

    Attributes:
        network: The network, counters and ladders.
        highest: Modulation by each ladder where none of its neurons fires; each that does takes 1.
    """

    network: IntegerNetwork
    highest: dict[str, int]


def with_modulator(network: IntegerNetwork, program: Program) -> Modulator:
    """Add the neurons that compute ``program.modulation``.

    Raises:
        LimitError: The network is none that can be learned so, or its goodness may exceed the
            largest threshold.
    """
    require_learnable(network)
    sources, counters, synapses = counted(network)
    worst = sum(int(source.bounds.sum()) for source in sources)
    if worst > limits.VTH_MAX:
        raise LimitError(
            f"modulator: the goodness of a sample may reach {worst} units, thresholds "
            f"{limits.VTH_MAX}; use smaller columns, fewer neurons or fewer steps."
        )
    depth = 1 + max(source.source.depth for source in sources)
    once, asks, asked = asking(network.idle_steps, depth - 1)
    populations, connections = [*counters, *once], [*synapses, *asked]
    highest = {}
    for name, table in ((POSITIVES, program.wanted), (NEGATIVES, program.unwanted)):
        highest[name], thresholds = _thresholds(table, program.shift, worst)
        ladder, incoming = _ladder(name, thresholds, sources, asks, depth, worst)
        populations += ladder
        connections += incoming
    return Modulator(
        replace(
            network,
            populations=(*network.populations, *populations),
            connections=(*network.connections, *connections),
        ),
        highest,
    )


def _thresholds(table: Array, shift: int, worst: int) -> tuple[int, Array]:
    """What ``table`` begins with, and the sums from which on it is one less, and one less again.

    Sums are half of the coincidences that ``table`` is looked up by.
    """
    falls = np.maximum(table[:-1] - table[1:], 0)
    starts = np.repeat(np.arange(1, len(table)) << shift, falls)
    halves = -(-starts // 2)
    return int(table[0]), halves[halves <= worst]


def _ladder(
    name: str,
    thresholds: Array,
    sources: list[TermSource],
    asks: str,
    depth: int,
    worst: int,
) -> tuple[list[IntegerPopulation], list[IntegerConnection]]:
    """One neuron for each threshold; none where no sum changes the modulation."""
    size = len(thresholds)
    if not size:
        return [], []
    connections = exact_synapses(asks, name, (worst + 1 - thresholds)[:, np.newaxis])
    for source in sources:
        every = np.ones((size, len(source.term.factors)), np.int64)
        connections += exact_synapses(source.source.name, name, source.weights(every))
    return [integrator(name, size, depth, worst, COMPARATOR)], connections
