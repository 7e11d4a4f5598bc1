"""Proof from the integer weights that no register overflows, whatever the data.

A source that spikes at most ``s`` times in ``T`` steps adds at most ``w * g(min(s, T))`` to u,
which keeps ``k = (4096 - du - 1) / 4096`` of itself per step: ``g(s) = 1 + k + ... + k^(s - 1)``,
the spikes being at their worst in consecutive steps. Lava rounds u and v towards zero, so these
bounds hold for the integers as well.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lava_export.chips import limits
from lava_export.integers.network import IntegerConnection, IntegerNetwork, IntegerPopulation
from spikeff.errors import LimitError
from spikeff.ir.arrays import Array
from spikeff.ir.bounds import held_steps
from spikeff.ir.network import BLANK, INPUT
from spikeff.ir.roles import INHIBITION


@dataclass(frozen=True)
class Headroom:
    """Bounds over all neurons of a population, in units of u and v; the registers end at 2^23.

    Attributes:
        highest_u: Largest current. It would wrap, so it must stay inside the register.
        lowest_u: Smallest current, for which the same holds.
        lowest_v: Smallest potential, spike limits and blanking left out. It saturates, which is the
            same on every target, but a saturated neuron forgets inhibition.
        u_margin: Share of the register of u that is left.
        v_margin: Share of the register of v that is left; 0 where v may saturate.
    """

    population: str
    highest_u: int
    lowest_u: int
    lowest_v: int
    u_margin: float
    v_margin: float


def headroom(network: IntegerNetwork) -> tuple[Headroom, ...]:
    """Bounds of every population."""
    return tuple(_headroom(network, p) for p in network.populations)


def require_headroom(network: IntegerNetwork) -> None:
    """Raise LimitError where the weights do not rule out that a current wraps.

    Of a membrane that lies in the current they cannot; ``spikeff.ir.bounds.HELD_STEPS`` of the
    largest input stand for what it holds.
    """
    for bound in headroom(network):
        worst = max(bound.highest_u, -bound.lowest_u)
        if worst >= limits.STATE_MAX:
            raise LimitError(
                f"population {bound.population!r}: its current may reach {worst}, beyond "
                f"{limits.STATE_MAX - 1} of 24 bits, where it wraps; quantise it with a scale "
                f"{worst / limits.STATE_MAX:.2f} times smaller, or use fewer or weaker synapses."
            )


def _headroom(network: IntegerNetwork, population: IntegerPopulation) -> Headroom:
    incoming = network.incoming(population.name)
    high, low = _currents(network, population, incoming)
    driving = tuple(c for c in incoming if c.role not in INHIBITION)
    _, lowest_drive = _currents(network, population, driving)
    bias = population.bias_mant.astype(np.int64) << population.bias_exp
    keep = (limits.DECAY_UNITY - population.dv) / limits.DECAY_UNITY
    lowest = np.minimum(lowest_drive + bias, 0) * _geometric(keep, network.period)
    highest_u, lowest_u, lowest_v = int(high.max()), int(low.min()), int(lowest.min())
    return Headroom(
        population.name,
        highest_u,
        lowest_u,
        lowest_v,
        u_margin=1 - max(highest_u, -lowest_u) / limits.STATE_MAX,
        v_margin=max(1 + lowest_v / limits.STATE_MAX, 0.0),
    )


def _currents(
    network: IntegerNetwork,
    population: IntegerPopulation,
    incoming: tuple[IntegerConnection, ...],
) -> tuple[Array, Array]:
    """Highest and lowest current of every neuron, float64 (size,)."""
    keep = (limits.DECAY_UNITY - population.du - limits.DS_OFFSET) / limits.DECAY_UNITY
    sums = np.array([_geometric(keep, count) for count in range(network.period + 1)])
    high, low = np.zeros(population.size), np.zeros(population.size)
    for c in incoming:
        held = held_steps(network, population.name, c.source, network.period)
        most = np.minimum(most_spikes(network, c.source), held)
        gain = sums[most] * (1 << c.weight_exp + limits.ACTIVATION_SHIFT)
        weights = c.weights.astype(np.float32)
        for bound, part in ((high, np.maximum(weights, 0)), (low, np.minimum(weights, 0))):
            bound += c.connectivity.drive(part, gain)
    return np.ceil(high), np.floor(low)


def most_spikes(network: IntegerNetwork, source: str) -> Array:
    """Most spikes of every neuron of ``source`` in one period: int64 (size,)."""
    if source == INPUT:
        most = np.full(network.input_size, network.input.spikes_per_channel)
        if network.labels is not None:
            most[network.input.pixels :] = len(network.labels.steps)
    elif source == BLANK:
        most = np.full(1, network.idle_steps)
    else:
        limit = next(p.spike_limit for p in network.populations if p.name == source)
        free = network.period if limit is None else limit
        most = np.full(network.sizes[source], free)
    return np.minimum(most, network.period)


def _geometric(keep: float, count: int) -> float:
    return float(np.power(keep, np.arange(count, dtype=np.float64)).sum())
