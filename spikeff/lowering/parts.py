"""What every described network has: neurons and their gates, input code."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from spikeff.data.encoders import get_encoder
from spikeff.errors import DescriptionError
from spikeff.ir import roles
from spikeff.ir.circuits.self_inhibition import self_inhibition
from spikeff.ir.circuits.spike_limit import FREE, needs_gate, spike_gate
from spikeff.ir.codes import InputCode
from spikeff.ir.connectivity import Connection
from spikeff.ir.network import NetworkDescription, Population
from spikeff.nn.neurons.lif import LIFConstants
from spikeff.nn.population import SpikingPopulation
from spikeff.training.model import Model


def with_self_inhibition(free: NetworkDescription) -> NetworkDescription:
    """Add self-inhibition where a limit of one spike needs it, strong enough for the weights."""
    inhibition = tuple(
        self_inhibition(free, p.name)
        for p in free.populations
        if p.spike_limit and p.role not in roles.GATES
    )
    return replace(free, connections=free.connections + inhibition)


def layer_parts(
    layer: SpikingPopulation, name: str, depth: int, steps: int
) -> tuple[list[Population], tuple[Connection, ...]]:
    """The populations of a layer's neurons, and the synapses of their gate.

    Args:
        layer: The neurons, with their constants.
        name: Of the population that other layers receive spikes from.
        depth: Of the first population.
        steps: Of one sample.

    Returns:
        The populations, first the one at which synapses end, last the one that other layers
        receive spikes from; and the synapses between them.

    Raises:
        DescriptionError: The neurons are not current-based LIF neurons.
    """
    constants, limit = layer.constants, layer.constants.spike_limit
    if not isinstance(constants, LIFConstants):
        raise DescriptionError(
            f"{name}: neurons {type(constants).__name__!r}; a description, and with it every other "
            f"simulator and chip, knows current-based LIF neurons only: train with kind 'lif'."
        )
    if limit is not None and limit >= steps:
        limit = None  # no neuron can exceed it
    gated = limit is not None and needs_gate(limit, constants.tau_syn, steps, constants.dt)
    neurons = Population(
        name=name + FREE if gated else name,
        size=layer.neurons,
        depth=depth,
        tau_syn=constants.tau_syn,
        tau_mem=constants.tau_mem,
        v_th=constants.v_th,
        v_leak=np.zeros(layer.neurons),
        column_size=layer.column_size,
        spike_limit=None if gated else limit,
        constraint_columns=layer.constraint_columns,
        role=roles.FREE if gated else roles.LAYER,
    )
    if limit is None or not gated:
        return [neurons], ()
    gate, synapses = spike_gate(neurons, name, limit, constants.dt)
    return [neurons, gate], synapses


def input_code(model: Model) -> InputCode:
    """How data become the spikes that ``model`` takes."""
    data = model.config.data
    encoder = get_encoder(data.encoder.kind)
    return InputCode(
        data.encoder.kind,
        model.network.pixels,
        data.encoder.threshold,
        encoder.spikes_per_channel(data.steps),
    )
