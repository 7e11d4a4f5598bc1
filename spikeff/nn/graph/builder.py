"""From settings with further connections to a recurrent network."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from spikeff.ir.codes import LabelCode
from spikeff.ir.connectivity import DENSE
from spikeff.ir.network import INPUT
from spikeff.nn.connection_settings import LABELS, ConnectionSettings, layer_name
from spikeff.nn.ends import Ends
from spikeff.nn.graph.ff_graph import GraphFFNetwork
from spikeff.nn.graph.projection import Projection
from spikeff.nn.graph.timed_network import TimedNetwork
from spikeff.nn.population import GoodnessSpec, SpikingPopulation
from spikeff.nn.settings import LayerSettings, NetworkSettings

LABEL_PART = 1  # place of the weights of labels among those that end at a layer


def is_graph(settings: NetworkSettings) -> bool:
    """Whether the network is more than dense layers in a row with labels at the first."""
    return (
        bool(settings.connections)
        or any(layer.connectivity or layer.delays for layer in settings.layers)
        or label_depths(settings) not in ((), (0,))
    )


def label_depths(settings: NetworkSettings) -> tuple[int, ...]:
    """Layers, counted from 0, at which labels arrive, lowest first."""
    targets = settings.labels.targets if settings.labels else ()
    return tuple(k for k in range(len(settings.layers)) if layer_name(k) in targets)


def graph_network(
    settings: NetworkSettings,
    ends: Ends,
    labels: LabelCode | None,
    slope: float,
    generator: torch.Generator,
) -> GraphFFNetwork:
    """A network with random weights of unit variance of input.

    Args:
        settings: Layers and what connects them.
        ends: Input and answer.
        labels: Code of the label channels; None where there are none.
        slope: Of the surrogate derivative.
        generator: Of the weights.
    """
    inputs = {INPUT: ends.pixels} | ({LABELS: labels.channels} if labels else {})
    populations = {
        layer_name(depth): _population(layer, settings.dt, slope)
        for depth, layer in enumerate(settings.layers)
    }
    projections = list(projections_of(settings))
    timed = TimedNetwork(inputs, populations, projections, generator)
    if settings.labels is not None:
        for depth in label_depths(settings):
            timed.weight_parts(depth)[LABEL_PART].mul_(settings.labels.gain)
    others = timed.arrivals[len(timed.arrivals) - len(settings.connections) :]
    for arrival, connection in zip(others, settings.connections, strict=True):
        arrival.synapses.weight.mul_(connection.gain)
    return GraphFFNetwork(timed, labels, ends)


def projections_of(settings: NetworkSettings) -> Iterator[Projection]:
    """Every projection: to each layer from what is below, then from labels, then from others."""
    below, labelled = INPUT, label_depths(settings)
    for depth, layer in enumerate(settings.layers):
        name = layer_name(depth)
        kind = layer.connectivity.made() if layer.connectivity else DENSE
        yield Projection(below, name, kind, delays=layer.delays)
        if depth in labelled:
            yield Projection(LABELS, name)
        below = name
    yield from (_projection(connection) for connection in settings.connections)


def _projection(connection: ConnectionSettings) -> Projection:
    return Projection(
        connection.source,
        connection.target,
        connection.connectivity.made(),
        connection.delay,
        connection.learned,
        delays=connection.delays,
    )


def goodness_spec(layer: LayerSettings) -> GoodnessSpec | None:
    """The goodness of a layer; None where it has none."""
    goodness = layer.goodness
    if goodness is None:
        return None
    return GoodnessSpec(goodness.kind, goodness.window, goodness.scale, goodness.steps)


def _population(layer: LayerSettings, dt: float, slope: float) -> SpikingPopulation:
    homeostasis = layer.homeostasis
    return SpikingPopulation(
        layer.neurons,
        layer.column_size,
        layer.neuron.constants(dt, layer.spike_limit),
        goodness_spec(layer),
        slope,
        homeostasis.strength if homeostasis else 0.0,
        homeostasis.target_firing if homeostasis else 0.0,
        layer.constraint_columns,
        homeostasis.peers if homeostasis else 0.0,
    )
