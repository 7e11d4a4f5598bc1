"""From a trained network to its NetworkDescription: float weights, constants, wiring, readout."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

import numpy as np

from spikeff.data.encoders import get_encoder
from spikeff.errors import DescriptionError
from spikeff.ir import roles
from spikeff.ir.circuits.self_inhibition import self_inhibition
from spikeff.ir.circuits.spike_budget import spike_budget
from spikeff.ir.circuits.spike_limit import FREE, needs_gate, spike_gate
from spikeff.ir.codes import InputCode, Readout
from spikeff.ir.connectivity import DENSE, Connection
from spikeff.ir.goodness import RATE
from spikeff.ir.network import INPUT, NetworkDescription, Population
from spikeff.nn.lif import LIFConstants
from spikeff.nn.population import SpikingPopulation
from spikeff.settings.kinds import NONE
from spikeff.training.config.schema import TrainConfig
from spikeff.training.model import Model

Value = TypeVar("Value")


def describe(model: Model) -> NetworkDescription:
    """Describe what ``model`` has learned so far.

    A limit of spikes per neuron and sample becomes what a chip can do. One spike under a lasting
    current: a one-to-one synapse from each neuron to itself whose inhibition outweighs the largest
    drive that the weights allow. Any other limit: a gate behind the layer
    (``spikeff.ir.circuits.spike_limit``); it bears the layer's name, the neurons in front of it are
    ``layer1.free`` and so on. A budget puts ``layer1.budget`` and ``layer1.passed`` behind the
    layer (``spikeff.ir.circuits.spike_budget``), for the layer above to hear; the readout hears
    ``layer1``.
    """
    return with_self_inhibition(_without_self_inhibition(model))


def with_self_inhibition(free: NetworkDescription) -> NetworkDescription:
    """Add what keeps each neuron to one spike where its current lasts, from the weights alone."""
    inhibition = tuple(
        self_inhibition(free, p.name)
        for p in free.populations
        if p.spike_limit and p.role not in roles.GATES
    )
    return replace(free, connections=free.connections + inhibition)


def _without_self_inhibition(model: Model) -> NetworkDescription:
    config, network = model.config, model.network
    if network.between:
        raise DescriptionError(
            f"black box {_box(config)!r} above layer {min(network.between) + 1}: what it does "
            f"to spikes is unknown, so the network cannot be described; train without it."
        )
    populations: list[Population] = []
    connections: list[Connection] = []
    heard, source, depth = [], INPUT, 0
    for index, layer in enumerate(network.stack):
        parts, synapses = layer_parts(layer, f"layer{index + 1}", depth, config.data.steps)
        weight = layer.synapses.cpu().numpy()
        connections += [Connection(source, parts[0].name, DENSE, weight), *synapses]
        populations += parts
        source = parts[-1].name
        heard.append(source)
        if network.budget and layer is not network.stack[-1]:
            budget = spike_budget(parts[-1], network.budget, config.network.dt)
            populations += [budget.counter, budget.gate]
            connections += budget.connections
            source = budget.gate.name
        depth = populations[-1].depth + 1
    data = config.data
    encoder = get_encoder(data.encoder.kind)
    return NetworkDescription(
        steps=data.steps,
        dt=config.network.dt,
        input=InputCode(
            data.encoder.kind,
            network.pixels,
            data.encoder.threshold,
            encoder.spikes_per_channel(data.steps),
        ),
        labels=network.labels,
        populations=tuple(populations),
        connections=tuple(connections),
        readout=_readout(model, tuple(heard)),
        dataset=data.dataset,
        provenance={"seed": config.seed, "epochs": model.epochs_done},
    )


def _box(config: TrainConfig) -> str:
    box = config.network.black_box
    return box.kind if box else NONE


def layer_parts(
    layer: SpikingPopulation, name: str, depth: int, steps: int
) -> tuple[list[Population], tuple[Connection, ...]]:
    """What neurons in columns become: populations, and the synapses of their gate.

    Args:
        layer: The neurons, with their constants.
        name: What others hear them by.
        depth: Of the first population.
        steps: Of one sample.

    Returns:
        The populations, first the one at which synapses end, last the one that others hear; and
        the synapses between them.
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


def _readout(model: Model, populations: tuple[str, ...]) -> Readout:
    weight = model.readout.weight.cpu().numpy()
    found = [layer.goodness for layer in model.config.layers]
    goodness = tuple(each.kind if each else RATE for each in found)
    beta = tuple(each.window if each else 0.0 for each in found)
    return Readout(
        kind=model.network.reading,
        goodness=_one_for_all(goodness),
        beta=_one_for_all(beta),
        classes=model.network.classes,
        populations=populations,
        softmax_weights=weight[:, :-1],
        softmax_bias=weight[:, -1],
    )


def _one_for_all(values: tuple[Value, ...]) -> Value | tuple[Value, ...]:
    """A single value where all are alike."""
    return values[0] if len(set(values)) == 1 else values
