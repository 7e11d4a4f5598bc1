"""Brian2 as an independent reference simulator, written with its own equations.

The equations are written down here from their physics, not taken from Norse::

    dv/dt = (v_leak - v + i) / tau_mem        v > v_th: a spike, and v = 0
    di/dt = -i / tau_syn                      i += weight for every spike that arrives

Forward Euler updates both from the same instant, after the spikes of the step have arrived, which
is the order of ``spikeff.ir.network``. With exact integration (the closed form of these linear
equations over a step) the same network is the continuous-time reference: only threshold crossings
are still found at the end of a step.
"""

from __future__ import annotations

import math
from typing import Any

from spikeff.ir.arrays import Array
from spikeff.ir.connectivity import Connection
from spikeff.ir.inputs import require_input_spikes
from spikeff.ir.network import BLANK, INPUT, NetworkDescription, Population
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

MEMBRANE = "dv/dt = (v_leak - v + current) / tau_mem : 1\nv_leak : 1 (constant)\n"
LASTING = "current : 1"
DECAYING = "dcurrent/dt = -current / tau_syn : 1"
# The closed form has another shape where both time constants are the same.
DECAYING_ALIKE = "dcurrent/dt = -current / tau_mem : 1"
SAMPLE_START = """
older = int(t_in_timesteps % period != 0)
v *= older
current *= older
"""
# A neuron is deaf between samples, until the synapses have delivered what they hold.
THRESHOLD = "v > v_th and t_in_timesteps % period < steps"


def run(
    description: NetworkDescription,
    inputs: Array,
    codegen_target: str = "numpy",
    record_states: bool = False,
    exact: bool = False,
) -> SpikeTrace:
    """Run ``inputs`` through ``description``.

    Samples are streamed one after the other, each from rest; the blanking line is left out, as the
    pause between samples is silent here.

    Args:
        inputs: bool (steps, samples, input size).
        codegen_target: Brian2's "numpy", or "cython" or "cpp_standalone" where a compiler is there.
        exact: Integrate in closed form instead of by forward Euler.

    Returns:
        A trace of ``steps`` steps.

    Raises:
        DescriptionError: ``inputs`` do not fit.
        UnknownNameError: ``codegen_target`` is none of these.
    """
    require_input_spikes(description, inputs)
    with code_generation(codegen_target):
        b2 = brian2()
        clock = b2.Clock(dt=description.dt * b2.second, name="spikeff_clock*")
        period = _period(description)
        groups = {INPUT: spike_source(inputs, period, clock)}
        for k, population in enumerate(description.populations):
            groups[population.name] = _neurons(description, population, k, clock, exact)
        monitors = _monitors(description, groups, record_states)
        objects = [*groups.values(), *_all_synapses(description, groups, clock)]
        objects += [m for kind in monitors.values() for m in kind.values()]
        run_network(objects, len(description.populations), inputs.shape[1] * period, clock)
        return _trace(description, inputs, monitors, clock, "brian2-exact" if exact else "brian2")


def _period(description: NetworkDescription) -> int:
    """Steps from sample to sample, long enough for every delay to run out."""
    return description.steps + max((c.delay for c in description.connections), default=0)


def _neurons(
    description: NetworkDescription, population: Population, index: int, clock: Any, exact: bool
) -> Any:
    b2 = brian2()
    group = b2.NeuronGroup(
        population.size,
        MEMBRANE + _current(population),
        method="exact" if exact else "euler",
        threshold=THRESHOLD,
        reset="v = 0",
        clock=clock,
        namespace={
            "tau_mem": population.tau_mem * b2.second,
            "tau_syn": population.tau_syn * b2.second,
            "v_th": population.v_th,
            "period": _period(description),
            "steps": description.steps,
        },
    )
    group.v_leak = population.v_leak
    group.state_updater.when = f"integrate_{index}"
    group.thresholder["spike"].when = f"fire_{index}"
    group.resetter["spike"].when = f"zero_{index}"
    group.run_regularly(SAMPLE_START, when="start", clock=clock)
    return group


def _current(population: Population) -> str:
    if math.isinf(population.tau_syn):
        return LASTING
    return DECAYING_ALIKE if population.tau_syn == population.tau_mem else DECAYING


def _all_synapses(description: NetworkDescription, groups: dict[str, Any], clock: Any) -> list[Any]:
    order = {name: k for k, name in enumerate(groups)}
    return [
        _synapses(c, groups, order, clock)
        for c in description.connections
        if c.source != BLANK and has_synapses(c)
    ]


def _synapses(
    connection: Connection, groups: dict[str, Any], order: dict[str, int], clock: Any
) -> Any:
    """Zero weights are left out. A source that fires later in the step is seen one step late."""
    target = order[connection.target]
    seen_late = order[connection.source] >= target
    synapses = brian2().Synapses(
        groups[connection.source],
        groups[connection.target],
        "w : 1",
        on_pre="current_post += w",
        delay=(connection.delay - int(seen_late)) * clock.dt,
        clock=clock,
    )
    post, pre, weights = connection.connectivity.stored(connection.weights)
    synapses.connect(i=pre, j=post)
    synapses.w = weights
    synapses.pre.when = f"arrive_{target - 1}"
    return synapses


def _monitors(
    description: NetworkDescription, groups: dict[str, Any], record_states: bool
) -> dict[str, dict[str, Any]]:
    """Spikes, the current after the input of a step and the potential after the step, by name."""
    b2 = brian2()
    monitors = {
        p.name: {"spikes": b2.SpikeMonitor(groups[p.name], when="end")}
        for p in description.populations
    }
    if record_states:
        for k, p in enumerate(description.populations):
            group = groups[p.name]
            monitors[p.name]["u"] = b2.StateMonitor(
                group, "current", record=True, when=f"heard_{k}"
            )
            monitors[p.name]["v"] = b2.StateMonitor(group, "v", record=True, when="end")
    return monitors


def _trace(
    description: NetworkDescription,
    inputs: Array,
    monitors: dict[str, dict[str, Any]],
    clock: Any,
    simulator: str,
) -> SpikeTrace:
    period = _period(description)
    trace = SpikeTrace(simulator, {})
    for p in description.populations:
        shape = (description.steps, inputs.shape[1], p.size)
        own = monitors[p.name]
        trace.spikes[p.name] = spike_record(own["spikes"], shape, period, clock)
        if "u" in own:
            trace.u[p.name] = state_record(own["u"], "current", shape, period)
            trace.v[p.name] = state_record(own["v"], "v", shape, period)
    return trace
