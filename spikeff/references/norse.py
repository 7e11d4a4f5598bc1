"""Norse's own neuron as a reference simulator, in float64.

Every step is a call of ``lif_feed_forward_step`` (Norse, Pehle and Pedersen 2021,
``norse/torch/functional/lif.py``); only what the synapses bring and the delays are ours.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from spikeff.ir.arrays import Array
from spikeff.ir.connectivity import Connection
from spikeff.ir.inputs import require_input_spikes
from spikeff.ir.network import BLANK, INPUT, NetworkDescription, Population
from spikeff.ir.trace import SpikeTrace


def run(description: NetworkDescription, inputs: Array, record_states: bool = False) -> SpikeTrace:
    """Run ``inputs`` through ``description``.

    Args:
        inputs: bool (steps, samples, input size).

    Returns:
        A trace of ``steps`` steps: samples start at rest, so there are no idle steps and the
        blanking line is left out.
    """
    require_input_spikes(description, inputs)
    with torch.no_grad():
        spikes = {INPUT: torch.from_numpy(inputs).to(torch.float64)}
        states: dict[str, tuple[Tensor, Tensor]] = {}
        shape = inputs.shape[:2]
        for population in description.populations:
            size = (*shape, population.size)
            spikes[population.name] = torch.zeros(size, dtype=torch.float64)
            if record_states:
                nothing = torch.zeros(size, dtype=torch.float64)
                states[population.name] = (nothing, nothing.clone())
        _run(description, spikes, states)
    names = [p.name for p in description.populations]
    return SpikeTrace(
        "norse",
        {name: spikes[name].numpy() > 0 for name in names},
        {name: pair[0].numpy() for name, pair in states.items()},
        {name: pair[1].numpy() for name, pair in states.items()},
    )


def _run(
    description: NetworkDescription,
    spikes: dict[str, Tensor],
    states: dict[str, tuple[Tensor, Tensor]],
) -> None:
    """Fill ``spikes`` and ``states`` step by step, in the order of the populations."""
    from norse.torch.functional.lif import LIFFeedForwardState, lif_feed_forward_step

    constants = {p.name: _parameters(p) for p in description.populations}
    synapses = {
        p.name: [c for c in description.incoming(p.name) if c.source != BLANK]
        for p in description.populations
    }
    samples = spikes[INPUT].shape[1]
    resting = {
        p.name: torch.zeros((samples, p.size), dtype=torch.float64) for p in description.populations
    }
    neurons = {name: LIFFeedForwardState(v=zero, i=zero) for name, zero in resting.items()}
    for step in range(description.steps):
        for name, parameters in constants.items():
            drive = resting[name].clone()
            for c in synapses[name]:
                if step >= c.delay:
                    drive += _arriving(c, spikes[c.source][step - c.delay])
            if states:
                states[name][0][step] = neurons[name].i + drive
            z, neurons[name] = lif_feed_forward_step(
                drive, neurons[name], parameters, dt=description.dt
            )
            spikes[name][step] = z
            if states:
                states[name][1][step] = neurons[name].v


def _parameters(population: Population) -> Any:
    from norse.torch.functional.lif import LIFParameters

    return LIFParameters(
        tau_syn_inv=torch.tensor(1.0 / population.tau_syn, dtype=torch.float64),
        tau_mem_inv=torch.tensor(1.0 / population.tau_mem, dtype=torch.float64),
        v_leak=torch.tensor(population.v_leak),
        v_th=torch.tensor(population.v_th, dtype=torch.float64),
        v_reset=torch.tensor(0.0, dtype=torch.float64),
        method="heaviside",
    )


def _arriving(connection: Connection, spikes: Tensor) -> Tensor:
    """Input by the spikes (samples, source) of a step, (samples, target)."""
    return torch.from_numpy(connection.connectivity.drive(connection.weights, spikes.numpy()))
