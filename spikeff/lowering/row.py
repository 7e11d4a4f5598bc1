"""Layers in a row, each with input from the one below, perhaps up to a budget of spikes."""

from __future__ import annotations

from spikeff.errors import DescriptionError
from spikeff.ir.circuits.spike_budget import spike_budget
from spikeff.ir.connectivity import DENSE, Connection
from spikeff.ir.network import INPUT, NetworkDescription, Population
from spikeff.lowering.parts import input_code, layer_parts
from spikeff.nn.network import SpikingFFNetwork
from spikeff.settings.kinds import NONE
from spikeff.training.answers import readout_of
from spikeff.training.config.schema import TrainConfig
from spikeff.training.model import Model


def describe_row(model: Model, network: SpikingFFNetwork) -> NetworkDescription:
    """Describe layers in a row, without the self-inhibition of limits of one spike.

    Raises:
        DescriptionError: A black box lies between layers, or neurons are not LIF neurons.
    """
    config = model.config
    if network.between:
        raise DescriptionError(
            f"black box {_box(config)!r} above layer {min(network.between) + 1}: what it does "
            f"to spikes is unknown, so the network cannot be described; train without it."
        )
    populations: list[Population] = []
    connections: list[Connection] = []
    read_out, source, depth = [], INPUT, 0
    for index, layer in enumerate(network.stack):
        parts, synapses = layer_parts(layer, f"layer{index + 1}", depth, config.data.steps)
        weight = layer.synapses.cpu().numpy()
        connections += [Connection(source, parts[0].name, DENSE, weight), *synapses]
        populations += parts
        source = parts[-1].name
        if index in network.read:
            read_out.append(source)
        if network.budget and layer is not network.stack[-1]:
            budget = spike_budget(parts[-1], network.budget, config.network.dt)
            populations += [budget.counter, budget.gate]
            connections += budget.connections
            source = budget.gate.name
        depth = populations[-1].depth + 1
    return NetworkDescription(
        steps=config.data.steps,
        dt=config.network.dt,
        input=input_code(model),
        labels=network.labels,
        populations=tuple(populations),
        connections=tuple(connections),
        readout=readout_of(model, tuple(read_out)),
        dataset=config.data.dataset,
    )


def _box(config: TrainConfig) -> str:
    box = config.network.black_box
    return box.kind if box else NONE
