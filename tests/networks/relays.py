"""Networks whose populations repeat the input, so that a test decides every spike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lava_export.integers.network import IntegerNetwork
from lava_export.quantize.quantize import quantize
from lava_export.readout.chip_readout import with_chip_readout
from spikeff.ir import roles
from spikeff.ir.circuits.spike_limit import FREE, spike_gate
from spikeff.ir.codes import CLASS_COLUMNS, InputCode
from spikeff.ir.connectivity import DENSE, Connection
from spikeff.ir.network import INPUT, NetworkDescription, Population
from tests.networks.readouts import readout

DT = 1e-3


@dataclass(frozen=True)
class Layer:
    """Neurons that repeat as many input channels, in columns; limit : spikes per neuron."""

    neurons: int
    column_size: int
    constraint_columns: int = 0
    limit: int | None = None


def relays(
    layers: list[Layer],
    steps: int,
    goodness: str,
    beta: float = 0.0,
    kind: str = CLASS_COLUMNS,
    classes: int = 3,
) -> NetworkDescription:
    """Populations side by side, each on channels of its own, read together."""
    pixels = sum(layer.neurons for layer in layers)
    names = [f"layer{k + 1}" for k in range(len(layers))]
    populations: list[Population] = []
    connections: list[Connection] = []
    low = 0
    for name, layer in zip(names, layers, strict=True):
        size = layer.neurons
        plain = name if layer.limit is None else name + FREE
        neurons = Population(
            plain,
            size,
            depth=0,
            tau_syn=DT,
            tau_mem=DT,
            v_th=1.0,
            v_leak=np.zeros(size),
            column_size=layer.column_size,
            constraint_columns=layer.constraint_columns,
            role=roles.LAYER if layer.limit is None else roles.FREE,
        )
        populations.append(neurons)
        weights = 2.0 * np.eye(pixels)[low : low + size]
        connections.append(Connection(INPUT, plain, DENSE, weights))
        if layer.limit is not None:
            gate, synapses = spike_gate(neurons, name, layer.limit, DT)
            populations.append(gate)
            connections += synapses
        low += size
    return NetworkDescription(
        steps=steps,
        dt=DT,
        input=InputCode("burst", pixels, 0.0, steps),
        labels=None,
        populations=tuple(populations),
        connections=tuple(connections),
        readout=readout(tuple(names), classes, 0, kind, goodness, beta),
        dataset="digits",
    )


def on_chip(description: NetworkDescription) -> IntegerNetwork:
    """Integers of ``description`` that read themselves out."""
    return with_chip_readout(quantize(description))
