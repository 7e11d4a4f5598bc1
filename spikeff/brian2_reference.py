"""Brian2 as an independent reference simulator, in float64.

The equations are written down here from their physics, not taken from Norse::

    dv/dt = (v_leak - v + i) / tau_mem        v > v_th: a spike, and v = 0
    di/dt = -i / tau_syn                      i += weight for every spike that arrives

Forward Euler updates both from the same instant, after the spikes of the step have arrived, which
is the order of ``spikeff.description``. Every population has scheduling slots of its own, so that
a spike reaches the next population within the same step (Stimberg, Brette and Goodman 2019).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from spikeff.description import (
    BLANK,
    DENSE,
    INPUT,
    Array,
    Connection,
    NetworkDescription,
    Population,
)
from spikeff.input_spikes import require_input_spikes
from spikeff.trace import SpikeTrace

EQUATIONS = """
dv/dt = (v_leak - v + current) / tau_mem : 1
dcurrent/dt = -current * syn_rate : 1
v_leak : 1 (constant)
"""
SAMPLE_START = """
older = int(t_in_timesteps % period != 0)
v *= older
current *= older
"""
# A neuron is deaf between samples, until the synapses have delivered what they hold.
THRESHOLD = "v > v_th and t_in_timesteps % period < steps"
DEFAULT_SLOTS = ("groups", "thresholds", "synapses", "resets", "end")


def run(
    description: NetworkDescription, inputs: Array, codegen_target: str = "numpy"
) -> SpikeTrace:
    """Run ``inputs``, bool (steps, samples, input size), through ``description``.

    codegen_target : Brian2's "numpy", or "cython" where a compiler is installed.
    Returns a trace of ``steps`` steps. Samples are streamed one after the other, each from rest;
    the blanking line is left out, as the pause between samples is silent here.
    """
    require_input_spikes(description, inputs)
    with _preferences(codegen_target):
        monitors = _simulate(description, inputs)
    spikes = {}
    for p in description.populations:
        shape = (description.steps, inputs.shape[1], p.size)
        spikes[p.name] = _spikes(monitors[p.name], shape, _period(description), description.dt)
    return SpikeTrace("brian2", spikes)


def _brian2() -> Any:
    """Import Brian2, without the hook that it puts on every uncaught exception of the program."""
    hook = sys.excepthook
    import brian2

    sys.excepthook = hook
    return brian2


@contextmanager
def _preferences(codegen_target: str) -> Iterator[None]:
    prefs = _brian2().prefs
    before = prefs.codegen.target
    prefs.codegen.target = codegen_target
    try:
        yield
    finally:
        prefs.codegen.target = before


def _period(description: NetworkDescription) -> int:
    """Steps from sample to sample, long enough for every delay to run out."""
    return description.steps + max((c.delay for c in description.connections), default=0)


def _simulate(description: NetworkDescription, inputs: Array) -> dict[str, Any]:
    """Build and run the network; returns a spike monitor per population."""
    b2 = _brian2()
    clock = b2.Clock(dt=description.dt * b2.second, name="spikeff_clock*")
    groups = {INPUT: _input_group(inputs, _period(description), clock, description.dt)}
    for k, population in enumerate(description.populations):
        groups[population.name] = _neurons(description, population, k, clock)
    order = {name: k for k, name in enumerate(groups)}
    synapses = [
        _synapses(c, groups, order, clock) for c in description.connections if c.source != BLANK
    ]
    monitors = {
        p.name: b2.SpikeMonitor(groups[p.name], when="end") for p in description.populations
    }
    network = b2.Network(*groups.values(), *synapses, *monitors.values())
    network.schedule = _schedule(len(description.populations))
    duration = inputs.shape[1] * _period(description) * description.dt
    network.run(duration * b2.second, report=None)
    return monitors


def _schedule(populations: int) -> list[str]:
    """Slots in time order: per population arrival, integration, threshold, reset."""
    own = [
        f"{slot}_{k}"
        for k in range(populations)
        for slot in ("arrive", "integrate", "fire", "zero")
    ]
    return ["start", "input", *own, *DEFAULT_SLOTS]


def _input_group(inputs: Array, period: int, clock: Any, dt: float) -> Any:
    b2 = _brian2()

    sample, step, channel = np.nonzero(inputs.transpose(1, 0, 2))
    times = (sample * period + step) * dt
    return b2.SpikeGeneratorGroup(
        inputs.shape[2], channel, times * b2.second, clock=clock, when="input", sorted=True
    )


def _neurons(
    description: NetworkDescription, population: Population, index: int, clock: Any
) -> Any:
    b2 = _brian2()

    group = b2.NeuronGroup(
        population.size,
        EQUATIONS,
        method="euler",
        threshold=THRESHOLD,
        reset="v = 0",
        clock=clock,
        namespace={
            "tau_mem": population.tau_mem * b2.second,
            "syn_rate": 1.0 / population.tau_syn / b2.second,
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


def _synapses(
    connection: Connection, groups: dict[str, Any], order: dict[str, int], clock: Any
) -> Any:
    """Zero weights are left out. A source that fires later in the step is seen one step late."""
    b2 = _brian2()

    target = order[connection.target]
    seen_late = order[connection.source] >= target
    synapses = b2.Synapses(
        groups[connection.source],
        groups[connection.target],
        "w : 1",
        on_pre="current_post += w",
        delay=(connection.delay - int(seen_late)) * clock.dt,
        clock=clock,
    )
    post, pre = np.nonzero(
        connection.weights if connection.kind == DENSE else np.diag(connection.weights)
    )
    if connection.kind == DENSE:
        weights = connection.weights[post, pre]
    else:
        weights = connection.weights[post]
    synapses.connect(i=pre, j=post)
    synapses.w = weights
    synapses.pre.when = f"arrive_{target - 1}"
    return synapses


def _spikes(monitor: Any, shape: tuple[int, int, int], period: int, dt: float) -> Array:
    """Spikes of a monitor as bool (steps, samples, neurons)."""
    spikes = np.zeros(shape, np.bool_)
    ticks = np.rint(np.asarray(monitor.t_) / dt).astype(np.int64)
    spikes[ticks % period, ticks // period, np.asarray(monitor.i)] = True
    return spikes
