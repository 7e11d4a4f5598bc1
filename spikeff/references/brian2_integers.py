"""Loihi's integer neuron in Brian2, as a witness that shares no arithmetic with the emulator.

Written from the published update (Davies et al. 2018, section "Neuron model"; Michaelis, Lehr, Oed
and Tetzlaff, "Brian2Loihi", Frontiers in Neuroinformatics 2022) with Lava 0.10.0's register
widths, as integer divisions of 64-bit magnitudes::

    u <- |u| (4096 - (du + 1)) / 4096 towards zero, plus 64 * 2^exp * weight for every spike
    v <- |v| (4096 - dv) / 4096 towards zero, plus u + bias,   held within 24 bits
    v > 64 vth: a spike, and v = 0

u wraps modulo 2^24 once beyond its 24 bits, after wrapping modulo 2^32, as Lava computes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from spikeff.ir.arrays import Array
from spikeff.ir.connectivity import Connectivity
from spikeff.ir.inputs import require_input_spikes
from spikeff.ir.network import BLANK, INPUT
from spikeff.ir.trace import SpikeTrace
from spikeff.references.brian2_common import (
    brian2,
    code_generation,
    has_synapses,
    spike_record,
    spike_source,
    state_record,
)
from spikeff.references.brian2_common import run as run_network

VARIABLES = """
u : integer
v : integer
bias : integer
"""
SAMPLE_START = """
older = int(t_in_timesteps % period != 0)
u *= older
v *= older
"""
FADE = "u = int(u > 0) * ((u * keep_u) // 4096) - int(u < 0) * ((-u * keep_u) // 4096)"
INTEGRATE = """
u = (u + 2147483648) % 4294967296 - 2147483648
u = u - 16777216 * int(u > 8388608) + 16777216 * int(u <= -8388608)
v = int(v > 0) * ((v * keep_v) // 4096) - int(v < 0) * ((-v * keep_v) // 4096) + u + bias
v = int(v > 8388607) * 8388607 + int(v <= 8388607) * v
v = int(v < -8388607) * -8388607 + int(v >= -8388607) * v
"""


class IntegerNeurons(Protocol):
    """What this model asks of a population of integers."""

    @property
    def name(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def du(self) -> int: ...
    @property
    def dv(self) -> int: ...
    @property
    def vth(self) -> int: ...
    @property
    def bias_mant(self) -> Array: ...
    @property
    def bias_exp(self) -> int: ...


class IntegerSynapses(Protocol):
    """What this model asks of a connection of integers."""

    @property
    def source(self) -> str: ...
    @property
    def target(self) -> str: ...
    @property
    def connectivity(self) -> Connectivity: ...
    @property
    def weights(self) -> Array: ...
    @property
    def weight_exp(self) -> int: ...
    @property
    def delay(self) -> int: ...


class IntegerHost(Protocol):
    """What this model asks of the biases that a host writes."""

    @property
    def target(self) -> str: ...
    @property
    def bits(self) -> int: ...
    @property
    def shift(self) -> int: ...
    @property
    def connectivity(self) -> Connectivity: ...
    @property
    def weights(self) -> Array: ...


class Integers(Protocol):
    """What this model asks of a network of integers, as ``lava_export`` makes them."""

    @property
    def steps(self) -> int: ...
    @property
    def period(self) -> int: ...
    @property
    def dt(self) -> float: ...
    @property
    def input_size(self) -> int: ...
    @property
    def populations(self) -> Sequence[IntegerNeurons]: ...
    @property
    def connections(self) -> Sequence[IntegerSynapses]: ...
    @property
    def host(self) -> Sequence[IntegerHost]: ...


def run(
    network: Integers, inputs: Array, codegen_target: str = "numpy", record_states: bool = True
) -> SpikeTrace:
    """Run ``inputs`` through an integer network.

    Samples are streamed, each from rest; nothing clears the delays, as on a chip.

    Args:
        inputs: bool (steps, samples, input size).

    Returns:
        A trace of ``period`` steps: spikes, u after the input of the step and v after the reset,
        int32.

    Raises:
        DescriptionError: ``inputs`` do not fit.
    """
    require_input_spikes(network, inputs)
    with code_generation(codegen_target):
        b2 = brian2()
        clock = b2.Clock(dt=network.dt * b2.second, name="spikeff_clock*")
        samples = inputs.shape[1]
        idle = np.zeros((network.period, samples, 1), np.bool_)
        idle[network.steps :] = True
        groups = {INPUT: spike_source(inputs, network.period, clock)}
        lines = {BLANK: spike_source(idle, network.period, clock)} if idle.any() else {}
        for k, population in enumerate(network.populations):
            written = _written(network, population, inputs[0])
            groups[population.name] = _neurons(network, population, k, clock, written)
        order = {name: k for k, name in enumerate(groups)} | {BLANK: 0}
        synapses = [
            _synapses(c, groups | lines, order, clock)
            for c in network.connections
            if has_synapses(c) and (c.source != BLANK or lines)
        ]
        spikes = {p.name: b2.SpikeMonitor(groups[p.name], when="end") for p in network.populations}
        states = {
            p.name: b2.StateMonitor(groups[p.name], ["u", "v"], record=True, when="end")
            for p in network.populations
            if record_states
        }
        objects = [*groups.values(), *lines.values(), *synapses, *spikes.values()]
        steps = samples * network.period
        run_network([*objects, *states.values()], len(network.populations), steps, clock)
        return _trace(network, samples, spikes, states, clock)


def _written(network: Integers, population: IntegerNeurons, channels: Array) -> Array:
    """Mantissas of every sample, int64 (samples, neurons), synapse by synapse in integers.

    Args:
        channels: Of each sample, bool (samples, channels).
    """
    mantissas = np.tile(population.bias_mant.astype(np.int64), (len(channels), 1))
    for host in network.host:
        if host.target == population.name:
            post, pre, weights = host.connectivity.stored(host.weights.astype(np.int64))
            planes = channels.reshape(len(channels), host.bits, -1).astype(np.int64)
            numbers = (planes << np.arange(host.bits)[:, np.newaxis]).sum(axis=1)
            sums = np.zeros_like(mantissas)
            np.add.at(sums.T, post, (numbers[:, pre] * weights).T)
            mantissas += (2 * sums + 2**host.shift) // 2 ** (host.shift + 1)
    return mantissas


def _neurons(
    network: Integers, population: IntegerNeurons, index: int, clock: Any, written: Array
) -> Any:
    biases = written * 2**population.bias_exp
    group = brian2().NeuronGroup(
        population.size,
        VARIABLES,
        dtype={name: np.int64 for name in ("u", "v", "bias")},
        threshold="v > 64 * vth",
        reset="v = 0",
        clock=clock,
        namespace={
            "keep_u": 4096 - (population.du + 1),
            "keep_v": 4096 - population.dv,
            "vth": population.vth,
            "period": network.period,
            "biases": brian2().TimedArray(biases.astype(np.float64), dt=network.period * clock.dt),
        },
    )
    group.bias = biases[0]
    if (biases != biases[0]).any():
        group.run_regularly("bias = int(biases(t, i))", when="start", clock=clock)
    group.run_regularly(SAMPLE_START, when="start", clock=clock)
    group.run_regularly(FADE, when=f"fade_{index}", clock=clock)
    group.run_regularly(INTEGRATE, when=f"integrate_{index}", clock=clock)
    group.thresholder["spike"].when = f"fire_{index}"
    group.resetter["spike"].when = f"zero_{index}"
    return group


def _synapses(
    connection: IntegerSynapses, groups: dict[str, Any], order: dict[str, int], clock: Any
) -> Any:
    """One integer per synapse. A source that fires later in the step is seen one step late."""
    target = order[connection.target]
    seen_late = order[connection.source] >= target
    synapses = brian2().Synapses(
        groups[connection.source],
        groups[connection.target],
        "w : integer",
        dtype={"w": np.int64},
        on_pre="u_post += gain * w",
        delay=(connection.delay - int(seen_late)) * clock.dt,
        clock=clock,
        namespace={"gain": 1 << (connection.weight_exp + 6)},
    )
    post, pre, weights = connection.connectivity.stored(connection.weights)
    synapses.connect(i=pre, j=post)
    synapses.w = weights.astype(np.int64)
    synapses.pre.when = f"arrive_{target - 1}"
    return synapses


def _trace(
    network: Integers, samples: int, spikes: dict[str, Any], states: dict[str, Any], clock: Any
) -> SpikeTrace:
    trace = SpikeTrace("brian2-integers", {})
    for p in network.populations:
        shape = (network.period, samples, p.size)
        trace.spikes[p.name] = spike_record(spikes[p.name], shape, network.period, clock)
        if p.name in states:
            for variable, record in (("u", trace.u), ("v", trace.v)):
                values = state_record(states[p.name], variable, shape, network.period)
                record[p.name] = values.astype(np.int32)
    return trace
