"""From a network in time to its NetworkDescription: every simulator runs what training ran."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from spikeff.errors import DescriptionError
from spikeff.ir.arrays import Array
from spikeff.ir.codes import InputCode, LabelCode, Readout
from spikeff.ir.connectivity import Connection, Connectivity, Dense, Sparse
from spikeff.ir.depths import pipeline_depths
from spikeff.ir.network import INPUT, NetworkDescription, Population
from spikeff.ir.roles import FIXED, LEARNED
from spikeff.lowering.delays import Delayed, by_delay
from spikeff.lowering.parts import layer_parts, with_self_inhibition
from spikeff.nn.graph.projection import Arrival
from spikeff.nn.graph.timed_network import TimedNetwork
from spikeff.nn.synapses.base import Synapses
from spikeff.nn.synapses.delayed import DelayedSynapses


def describe_timed(
    network: TimedNetwork,
    steps: int,
    input: InputCode,
    labels: LabelCode | None,
    readout: Readout,
    dataset: str,
) -> NetworkDescription:
    """Describe what ``network`` has learned so far; none of its populations is clamped.

    The channels of its inputs follow one another in the population ``input``, in the order of
    ``network.inputs``. A limit of spikes becomes what a chip can do, as in
    ``spikeff.lowering.describe``.

    Args:
        network: The network.
        steps: Of one sample.
        input: Code of the data.
        labels: Code of the label channels, which are the last ones; None where there are none.
        readout: How spikes become an answer.
        dataset: Name of the data set that it was trained on.

    Raises:
        DescriptionError: The inputs have other channels than the codes, or the delays of a loop
            are shorter than a chip's own steps.
    """
    _require_channels(network, input, labels)
    populations: list[Population] = []
    connections: list[Connection] = []
    ends: dict[str, str] = {}
    for name in network.order:
        parts, synapses = layer_parts(network.populations[name], name, 0, steps)
        populations += parts
        connections += synapses
        ends[name] = parts[0].name
    learned = [c for a in network.arrivals for c in _connections(network, a, ends)]
    connections = _matrices_merged(learned) + connections
    depths = pipeline_depths([p.name for p in populations], connections)
    return with_self_inhibition(
        NetworkDescription(
            steps=steps,
            dt=network.dt,
            input=input,
            labels=labels,
            populations=tuple(replace(p, depth=depths[p.name]) for p in populations),
            connections=tuple(connections),
            readout=readout,
            dataset=dataset,
        )
    )


def _require_channels(network: TimedNetwork, input: InputCode, labels: LabelCode | None) -> None:
    channels = sum(network.inputs.values())
    coded = input.pixels + (labels.channels if labels else 0)
    if channels != coded:
        raise DescriptionError(
            f"network: inputs {network.inputs} have {channels} channels, their codes {coded}; "
            f"change the codes of input and labels."
        )


def _connections(
    network: TimedNetwork, arrival: Arrival, ends: dict[str, str]
) -> Iterator[Connection]:
    """A projection; several connections where its synapses have delays of their own."""
    projection = arrival.projection
    target, source = ends[projection.target], projection.source
    role = LEARNED if projection.learned else FIXED
    for further, kind, weights in _parts(arrival.synapses):
        delay = projection.delay + further
        if source in network.inputs:
            kind, weights = _among_inputs(network, source, kind, weights)
        name = INPUT if source in network.inputs else source
        yield Connection(name, target, kind, weights, delay, role)


def _parts(synapses: Synapses[Any]) -> Iterator[Delayed]:
    """The synapses with the delay that they have beside that of their projection."""
    kind, weights = synapses.connectivity, synapses.weight.cpu().numpy()
    if isinstance(synapses, DelayedSynapses):
        yield from by_delay(kind, weights, synapses.steps.cpu().numpy())
    else:
        yield 0, kind, weights


def _matrices_merged(connections: list[Connection]) -> list[Connection]:
    """Matrices between the same ends added up, such as those of several inputs."""
    merged: dict[Hashable, Connection] = {}
    for number, c in enumerate(connections):
        dense = isinstance(c.connectivity, Dense)
        place = (c.source, c.target, c.delay, c.role) if dense else number
        first = merged.get(place)
        merged[place] = c if first is None else replace(c, weights=first.weights + c.weights)
    return list(merged.values())


def _among_inputs(
    network: TimedNetwork, source: str, kind: Connectivity, weights: Array
) -> tuple[Connectivity, Array]:
    """The same synapses with the channels of all inputs as their source."""
    if len(network.inputs) == 1:
        return kind, weights
    names = list(network.inputs)
    before = sum(network.inputs[n] for n in names[: names.index(source)])
    channels = sum(network.inputs.values())
    targets = kind.ends(weights.shape)[0]
    if isinstance(kind, Dense):
        wide = np.zeros((targets, channels), weights.dtype)
        wide[:, before : before + weights.shape[1]] = weights
        return kind, wide
    post, pre, values = kind.stored(weights)
    return Sparse(targets, channels, post, pre + before), values
