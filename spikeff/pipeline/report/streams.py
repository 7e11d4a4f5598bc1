"""Networks whose layers are heard back: where streams meet, and how goodness grows over steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from spikeff.ir.circuits.spike_limit import FREE
from spikeff.ir.codes import SOFTMAX
from spikeff.ir.network import INPUT, NetworkDescription
from spikeff.ir.readout_codes import summed_goodness
from spikeff.ir.roles import LEARNED
from spikeff.pipeline.presentations import presentations

if TYPE_CHECKING:
    from lava_export.integers.network import IntegerNetwork
    from spikeff.data.dataset import Split
    from spikeff.ir.arrays import Array

SAMPLES = 50  # whose goodness is averaged


@dataclass(frozen=True, eq=False)
class Meeting:
    """Spikes of a population that hears both streams, in one presentation.

    Attributes:
        spikes: bool (steps, neurons).
        below: Where input current that arrives from below excites, of the same shape.
        back: Where current that comes back does, from the layers above or from itself.
    """

    spikes: Array
    below: Array
    back: Array


@dataclass(frozen=True, eq=False)
class Streams:
    """What a page shows of a network in time.

    Attributes:
        meetings: By the name of the population.
        growth: Mean goodness of the spikes up to each step, (steps,), of right labels or classes
            and of wrong ones, by the name of the layer; empty where no goodness is read.
    """

    meetings: dict[str, Meeting]
    growth: dict[str, tuple[Array, Array]]


@dataclass(frozen=True, eq=False)
class Fields:
    """Weights in pixels of a layer above the first, (neurons, pixels).

    Attributes:
        up: What reaches its neurons from the input, through the layer below.
        down: What they send down to that layer, as the input that would excite the same neurons.
    """

    up: Array
    down: Array


def comes_back(network: Any) -> bool:
    """Whether a layer hears itself or one above."""
    return any(c.role == LEARNED and _is_back(network, c) for c in network.connections)


def streams_of(network: IntegerNetwork, split: Split) -> Streams | None:
    """Run the first samples on the emulator; None for layers in a row."""
    from hw_targets.emulator import run as emulator

    if not comes_back(network):
        return None
    first = split.head(min(len(split), SAMPLES))
    inputs = presentations(first, network.input, network.labels, network.steps)
    trace = emulator.run(network, inputs).trace.window(network.steps)
    right = max(0, int(first.labels[0])) if network.labels is not None else 0
    shown = {INPUT: inputs[:, right]} | {name: z[:, right] for name, z in trace.spikes.items()}
    return Streams(_meetings(network, shown), _growth(network, trace.spikes, first.labels))


def sent_fields(description: NetworkDescription) -> dict[str, Fields]:
    """Fields of the layers that are heard by the layer below them, where that hears the input."""
    found = {}
    for c in description.connections:
        name, lower = _layer(c.source), _layer(c.target)
        if c.role != LEARNED or not _is_back(description, c) or name == lower:
            continue
        pixels = _matrix(description, INPUT, lower)[:, : description.input.pixels]
        upward = _matrix(description, lower, name)
        if pixels.any() and upward.any():
            down = _matrix(description, c.source, lower).T
            found[name] = Fields(upward @ pixels, down @ pixels)
    return found


def _layer(name: str) -> str:
    """The layer that a population belongs to: neurons in front of a gate to that of the gate."""
    return name.removesuffix(FREE)


def _is_back(network: Any, connection: Any) -> bool:
    order = [INPUT, *dict.fromkeys(_layer(p.name) for p in network.populations)]
    source, target = _layer(connection.source), _layer(connection.target)
    return source in order and order.index(source) >= order.index(target)


def _meetings(network: IntegerNetwork, spikes: Mapping[str, Array]) -> dict[str, Meeting]:
    found = {}
    for population in network.populations:
        learned = [
            c for c in network.connections if c.target == population.name and c.role == LEARNED
        ]
        back = [c for c in learned if _is_back(network, c)]
        below = [c for c in learned if c not in back]
        if below and back:
            both = (_current(part, spikes) > 0 for part in (below, back))
            found[_layer(population.name)] = Meeting(spikes[population.name], *both)
    return found


def _current(connections: list[Any], spikes: Mapping[str, Array]) -> Array:
    """Input current (steps, neurons) that arrives through some connections, each with its delay."""
    currents = []
    for c in connections:
        sent = spikes[c.source].astype(np.float64)
        current = c.connectivity.drive(c.weights.astype(np.float64), sent[:, np.newaxis])[:, 0]
        late = np.zeros_like(current)
        late[c.delay :] = current[: max(0, len(current) - c.delay)]
        currents.append(late * 2.0**c.weight_exp)
    return np.asarray(sum(currents))


def _growth(
    network: IntegerNetwork, spikes: Mapping[str, Array], labels: Array
) -> dict[str, tuple[Array, Array]]:
    readout = network.readout
    if readout.kind == SOFTMAX or labels.min() < 0:
        return {}
    own = np.zeros((len(labels), readout.classes), np.bool_)
    own[np.arange(len(labels)), labels] = True
    found = {}
    for name in readout.populations:
        tables = np.stack(list(_tables(network, name, spikes[name])))
        found[name] = tables[:, own].mean(1), tables[:, ~own].mean(1)
    return found


def _tables(network: IntegerNetwork, name: str, spikes: Array) -> Iterator[Array]:
    """Goodness (samples, classes) of the spikes up to each step."""
    alone = network.readout.of(name)
    for step in range(1, len(spikes) + 1):
        table = summed_goodness({name: spikes[:step]}, alone, network.populations)
        yield table.reshape(-1, alone.classes)


def _matrix(description: NetworkDescription, source: str, layer: str) -> Array:
    """Weights (neurons, channels) of all connections from a population to a layer."""
    ends = [
        c
        for c in description.connections
        if c.source == source and _layer(c.target) == layer and c.role == LEARNED
    ]
    sizes = description.sizes
    target = next(p.size for p in description.populations if _layer(p.name) == layer)
    start = np.zeros((target, sizes[source]))
    return np.asarray(sum((c.connectivity.matrix(c.weights) for c in ends), start))
