"""Norse's own neuron as a reference simulator, in float64.

Every step is a call of ``lif_feed_forward_step`` (Norse, Pehle and Pedersen 2021,
``norse/torch/functional/lif.py``); only what the synapses bring and the delays are ours.
"""

from __future__ import annotations

from typing import Any

import torch

from spikeff.extras import require_extra
from spikeff.ir.arrays import Array
from spikeff.ir.network import NetworkDescription, Population
from spikeff.ir.trace import SpikeTrace
from spikeff.references.floats import Step, run_neurons


def run(description: NetworkDescription, inputs: Array, record_states: bool = False) -> SpikeTrace:
    """Run ``inputs`` through ``description``.

    Args:
        inputs: bool (steps, samples, input size).

    Returns:
        A trace of ``steps`` steps: samples start at rest, so there are no idle steps and the
        blanking line is left out.

    Raises:
        TargetUnavailableError: Norse is not installed.
    """
    require_extra("norse")
    with torch.no_grad():
        return run_neurons("norse", _neurons, description, inputs, record_states)


def _neurons(population: Population, dt: float, samples: int) -> Step:
    from norse.torch.functional.lif import LIFFeedForwardState, lif_feed_forward_step

    parameters = _parameters(population)
    resting = torch.zeros((samples, population.size), dtype=torch.float64)
    state = LIFFeedForwardState(v=resting, i=resting)

    def step(drive: Array) -> tuple[Array, Array, Array]:
        nonlocal state
        arriving = torch.from_numpy(drive)
        arrived = state.i + arriving
        fired, state = lif_feed_forward_step(arriving, state, parameters, dt=dt)
        return fired.numpy(), state.v.numpy(), arrived.numpy()

    return step


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
