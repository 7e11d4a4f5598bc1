"""What inferences do that has a price, and what stands around it without one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hw_targets.cost.counts import ByName, Counts, targets
from hw_targets.cost.latency import pipeline_fill
from hw_targets.cost.traffic import Traffic
from lava_export.integers.host_bias import written_neurons
from lava_export.integers.network import IntegerNetwork
from spikeff.ir.arrays import Array
from spikeff.ir.network import BLANK, INPUT
from spikeff.ir.roles import READOUT_PARTS

Workload = dict[str, ByName]


@dataclass(frozen=True, eq=False)
class Around:
    """What stands around the priced operations of an inference.

    Attributes:
        entering: Spikes of the input, (inferences,).
        leaving: Spikes that the readout hears, (inferences,).
        neurons: Neurons whose state is cleared for each pass.
        passes: Presentations of one inference.
        on_chip: Whether neurons of the network give the answer.
        written: Biases that the host writes in an inference.
        products: Products of a weight and a number that it makes for them.
    """

    entering: Array
    leaving: Array
    neurons: int
    passes: int
    on_chip: bool
    written: int = 0
    products: int = 0


def workload(network: IntegerNetwork, counts: Counts, load: Traffic, groups: Array) -> Workload:
    """What is priced, by inference: what is counted -> layer -> int64 (inferences,).

    Args:
        groups: Indexes of the presentations of each inference, (inferences, passes).
    """
    n = counts.gathered(groups)
    fill = pipeline_fill(network)
    # A network without any connection does none of them, which is a count as well.
    none = (
        {} if network.connections else {p.name: 0 * n.active[p.name] for p in network.populations}
    )
    synops: ByName = none
    target_of = targets(network)
    for name, count in n.synops.items():
        target = target_of[name]
        synops[target] = synops.get(target, 0) + count
    sizes = network.sizes
    dense: ByName = {}
    for name, count in n.dense.items():
        dense[target_of[name]] = dense.get(target_of[name], 0) + count
    between = _gathered(load.between_chips, groups)
    on_board = {"messages between chips": between} if any(n.any() for n in between.values()) else {}
    return {
        "synaptic operations": synops,
        "dense operations": dense,
        "active updates": n.active,
        "inactive updates": {k: c + fill * sizes[k] for k, c in n.inactive.items()},
        "spikes": {k: c for k, c in n.spikes.items() if k not in (INPUT, BLANK)},
        "messages": _gathered(load.messages, groups),
        "hops east-west": _gathered(load.hops_east_west, groups),
        "hops north-south": _gathered(load.hops_north_south, groups),
    } | on_board


def around(network: IntegerNetwork, counts: Counts, passes: int) -> Around:
    """What stands around inferences of ``passes`` passes.   counts : of each inference."""
    heard = [counts.spikes[name] for name in network.readout.populations]
    return Around(
        counts.spikes[INPUT],
        np.asarray(sum(heard, np.zeros_like(counts.spikes[INPUT]))),
        sum(p.size for p in network.populations),
        passes,
        any(p.role in READOUT_PARTS for p in network.populations),
        passes * written_neurons(network.host),
        passes * sum(h.connectivity.count(h.weights.shape) for h in network.host),
    )


def _gathered(table: ByName, groups: Array) -> ByName:
    return {name: n[groups].sum(axis=1) for name, n in table.items()}
