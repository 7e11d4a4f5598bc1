"""Networks as Lava processes and connections, ready to run but not run here.

Floats and integers share the wiring. With ``du = dt / tau_syn``, ``dv = dt / tau_mem`` and
``vth = v_th / dv``, Lava's floating-point ``LIFReset`` (``lava/proc/lif/models.py``) is the
recurrence of ``spikeff.ir.network`` with ``v`` in units of ``dv``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np

from lava_export.lava import compat as lava_compat

lava_compat.ensure()

from lava.proc.lif.process import LIFReset  # noqa: E402

from lava_export.integers.host_bias import written_biases  # noqa: E402
from lava_export.integers.lists import synapse_lists  # noqa: E402
from lava_export.integers.network import (  # noqa: E402
    IntegerConnection,
    IntegerNetwork,
    IntegerPopulation,
)
from lava_export.integers.timing import Timing, timing_of  # noqa: E402
from lava_export.lava.stream.process import SpikeStream  # noqa: E402
from lava_export.lava.synapses import LavaSynapses, listed_synapses, synapses  # noqa: E402
from spikeff.ir.arrays import Array  # noqa: E402
from spikeff.ir.connectivity import Connection  # noqa: E402
from spikeff.ir.network import BLANK, INPUT, NetworkDescription, Population  # noqa: E402

FIXED, FLOATING = "fixed_pt", "floating_pt"


class Border(Protocol):
    """Makes the processes, with ports ``inp`` and ``out``, that carry spikes over the border."""

    def into_chip(self, size: int) -> Any:
        """Carries ``size`` channels from the host to the chip."""
        ...

    def out_of_chip(self, size: int) -> Any:
        """Carries ``size`` neurons' spikes from the chip to the host."""
        ...


@dataclass(frozen=True, eq=False)
class LavaGraph:
    """Connected processes.

    Attributes:
        tag: Selects Lava's process models.
        timing: What happens when.
        populations: Neurons by the name of their population.
        processes: All processes, the sources and synapses included.
        spikes: Output port that the host can read, by name.
        units_of_v: By population, units of the network's v per unit of Lava's.
        biases: Mantissas that the host writes for each sample, (samples, neurons), by population.
    """

    tag: str
    timing: Timing
    populations: dict[str, Any]
    processes: tuple[Any, ...]
    spikes: dict[str, Any]
    units_of_v: dict[str, float]
    biases: dict[str, Array] = field(default_factory=dict)

    def due(self, step: int) -> dict[str, Array]:
        """Mantissas that are to be written before time step ``step``, by population.

        Those of a sample hold from its first local step to the first of the next.
        """
        found = {}
        for name, mantissas in self.biases.items():
            sample, within = divmod(step - self.timing.start(name), self.timing.period)
            if within == 0 and 0 <= sample < len(mantissas):
                found[name] = mantissas[sample].astype(np.int32)
        return found


def float_graph(description: NetworkDescription, inputs: Array) -> LavaGraph:
    """Build the floating-point graph of a (blanked) description.

    Args:
        inputs: bool (steps, samples, input size).
    """
    timing = timing_of(description, inputs.shape[1])
    neurons = {
        p.name: _float_neurons(p, description.dt, _reset(timing, p.name))
        for p in description.populations
    }
    units = {p.name: description.dt / p.tau_mem for p in description.populations}
    return _wire(FLOATING, timing, description.connections, neurons, inputs, units)


def integer_graph(
    network: IntegerNetwork, inputs: Array, border: Border | None = None, latency: int = 0
) -> LavaGraph:
    """Build the fixed-point graph of a network.

    Args:
        inputs: As in :func:`float_graph`.
        border: Boundary of the chip that holds neurons and synapses; None where all is simulated.
        latency: Steps that the input takes over the border.
    """
    timing = timing_of(network, inputs.shape[1], latency)
    neurons = {p.name: _integer_neurons(p, _reset(timing, p.name)) for p in network.populations}
    units = {p.name: 1.0 for p in network.populations}
    graph = _wire(FIXED, timing, network.connections, neurons, inputs, units, border)
    return replace(graph, biases=written_biases(network, inputs))


def _reset(timing: Timing, name: str) -> dict[str, int]:
    """Clear u and v in every local step 0, before it integrates."""
    return {"reset_interval": timing.period, "reset_offset": timing.start(name) % timing.period}


def _float_neurons(population: Population, dt: float, reset: dict[str, int]) -> Any:
    dv = dt / population.tau_mem
    return LIFReset(
        shape=(population.size,),
        du=dt / population.tau_syn,
        dv=dv,
        vth=population.v_th / dv,
        bias_mant=population.v_leak,
        name=population.name,
        **reset,
    )


def _integer_neurons(population: IntegerPopulation, reset: dict[str, int]) -> Any:
    return LIFReset(
        shape=(population.size,),
        du=population.du,
        dv=population.dv,
        vth=population.vth,
        bias_mant=population.bias_mant.astype(np.int32),
        bias_exp=population.bias_exp,
        name=population.name,
        **reset,
    )


def _wire(
    tag: str,
    timing: Timing,
    connections: tuple[Connection | IntegerConnection, ...],
    neurons: dict[str, Any],
    inputs: Array,
    units_of_v: dict[str, float],
    border: Border | None = None,
) -> LavaGraph:
    processes: list[Any] = list(neurons.values())
    source = _stream(inputs.shape[2], timing.input_rows(inputs), border, processes)
    for listed in synapse_lists(connections):
        first = listed[0]
        if first.source == BLANK:
            line = _stream(1, timing.blanking_rows(first.target), border, processes)
        else:
            line = source if first.source == INPUT else neurons[first.source].s_out
        lava_synapses = _synapses(listed, timing)
        lava_synapses.join(line, neurons[first.target].a_in)
        processes.append(lava_synapses.process)
    spikes = {name: _heard(population, border, processes) for name, population in neurons.items()}
    return LavaGraph(tag, timing, neurons, tuple(processes), spikes, units_of_v)


def _synapses(listed: Sequence[Connection | IntegerConnection], timing: Timing) -> LavaSynapses:
    """The process of a connection, or of several whose synapses differ in their delays."""
    delays = [timing.extra_delay(c) for c in listed]
    if len(listed) > 1:
        return listed_synapses(listed, delays)
    return synapses(listed[0].connectivity, listed[0], delays[0])


def _stream(size: int, rows: Array, border: Border | None, processes: list[Any]) -> Any:
    """The port that spikes of the host leave from, on the chip's side where there is a chip."""
    stream = SpikeStream(size=size, rows=rows)
    processes.append(stream)
    if border is None:
        return stream.s_out
    adapter = border.into_chip(size)
    stream.s_out.connect(adapter.inp)
    processes.append(adapter)
    return adapter.out


def _heard(population: Any, border: Border | None, processes: list[Any]) -> Any:
    if border is None:
        return population.s_out
    adapter = border.out_of_chip(population.s_out.shape[0])
    population.s_out.connect(adapter.inp)
    processes.append(adapter)
    return adapter.out
