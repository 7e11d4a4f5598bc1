"""From settings to a network with calibrated gains, and from data to its input."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from spikeff.data.dataset import Split
from spikeff.data.encoders import encode, get_encoder
from spikeff.data.labels import present
from spikeff.data.settings import DataSettings
from spikeff.ir.arrays import Array
from spikeff.ir.codes import LabelCode
from spikeff.ir.network import INPUT
from spikeff.nn.black_box import make_black_box
from spikeff.nn.connection_settings import LABELS, layer_name
from spikeff.nn.ends import Ends
from spikeff.nn.ff_network import FFNetwork
from spikeff.nn.graph.builder import goodness_spec, graph_network, is_graph, projections_of
from spikeff.nn.layer import SpikingLayer
from spikeff.nn.network import SpikingFFNetwork
from spikeff.nn.settings import LabelSettings, LayerSettings, NetworkSettings
from spikeff.nn.spike_events import SpikeEvents

# Samples of the calibration: as many as keep samples x steps at this, but no fewer than the least.
CALIBRATION_ROWS = 4096
CALIBRATION_LEAST = 16


def label_code(labels: LabelSettings | None, classes: int) -> LabelCode | None:
    """The label channels; None where no label is in the input."""
    if labels is None:
        return None
    return LabelCode(classes, labels.neurons, tuple(sorted(labels.steps)))


def input_channels(data: DataSettings, split: Split) -> int:
    """Channels that carry the datum.

    Raises:
        DataError: Samples that are spike trains have another number of steps.
    """
    return get_encoder(data.encoder.kind).channels(split.shape, data.steps)


def weight_shapes(
    settings: NetworkSettings, pixels: int, classes: int
) -> dict[str, tuple[int, ...]]:
    """Shape of what each layer learns, "layer0.0.weight" and so on, without building it.

    Weights first, then delays.
    """
    code = label_code(settings.labels, classes)
    sizes = {INPUT: pixels, LABELS: code.channels if code else 0}
    sizes |= {layer_name(k): layer.neurons for k, layer in enumerate(settings.layers)}
    depths = {layer_name(k): k for k in range(len(settings.layers))}
    weights: dict[str, list[tuple[int, ...]]] = {name: [] for name in depths}
    delays: dict[str, list[tuple[int, ...]]] = {name: [] for name in depths}
    for p in projections_of(settings):
        if p.learned:
            shape = p.connectivity.weight_shape(sizes[p.target], sizes[p.source])
            weights[p.target].append(shape)
            delays[p.target] += [shape] if p.delays and p.delays.learned else []
    return {
        f"layer{depth}.{part}.weight": shape
        for name, depth in depths.items()
        for part, shape in enumerate(weights[name] + delays[name])
    }


def build_network(settings: NetworkSettings, ends: Ends, slope: float, seed: int) -> FFNetwork:
    """A network with random weights of unit variance of input; see :func:`calibrate`.

    Args:
        settings: Layers and what connects them.
        ends: Input and answer.
        slope: Of the surrogate derivative.
        seed: Of the weights.
    """
    network = _built(settings, ends, slope, seed)
    network.read = tuple(k for k, layer in enumerate(settings.layers) if layer.read)
    return network


def _built(settings: NetworkSettings, ends: Ends, slope: float, seed: int) -> FFNetwork:
    generator = torch.Generator().manual_seed(seed)
    labels = label_code(settings.labels, ends.classes)
    if is_graph(settings):
        return graph_network(settings, ends, labels, slope, generator)
    layers, inputs = [], ends.pixels + (labels.channels if labels else 0)
    for layer in settings.layers:
        layers.append(_layer(layer, inputs, settings.dt, slope, generator))
        inputs = layer.neurons
    if settings.labels is not None:
        layers[0].weight[:, ends.pixels :] *= settings.labels.gain
    between = {}
    if settings.black_box is not None:
        below = layers[0]
        box = make_black_box(settings.black_box, below.neurons, below.constants, seed)
        between = {0: box}
    budget = settings.spike_budget
    return SpikingFFNetwork(
        layers, ends.pixels, labels, ends.classes, ends.reading, between, budget
    )


def _layer(
    layer: LayerSettings, inputs: int, dt: float, slope: float, generator: torch.Generator
) -> SpikingLayer:
    homeostasis = layer.homeostasis
    return SpikingLayer(
        inputs,
        layer.neurons,
        layer.column_size,
        layer.neuron.constants(dt, layer.spike_limit),
        goodness_spec(layer),
        slope,
        homeostasis.strength if homeostasis else 0.0,
        homeostasis.target_firing if homeostasis else 0.0,
        layer.constraint_columns,
        generator,
        layer.weight_bits,
        homeostasis.peers if homeostasis else 0.0,
    )


def encode_images(data: DataSettings, images: Array) -> Array:
    """Spikes, bool (steps, samples, channels), of images (samples, pixels)."""
    return encode(data.encoder.kind, images, data.steps, data.encoder.threshold)


def encode_events(data: DataSettings, images: Array, device: torch.device) -> SpikeEvents:
    """Encode images (samples, pixels) to spikes on ``device``."""
    return SpikeEvents.of(encode_images(data, images), device)


def decode_images(data: DataSettings, activity: Tensor) -> Array:
    """Images, uint8 (samples, pixels), whose pixels would be as active as said.

    Args:
        data: Their encoder is one of intensities, in which brighter is earlier.
        activity: Share of the steps from a pixel's first spike on, (samples, pixels).
    """
    # The onset is floor((1 - intensity) * steps / (1 - threshold)), the middle of it is taken.
    late = (1.0 - activity) + 0.5 / data.steps
    intensity = 1.0 - (1.0 - data.encoder.threshold) * late
    intensity[activity < 0.5 / data.steps] = 0.0
    return np.asarray((255.0 * intensity).round().clamp(0, 255).to(torch.uint8).cpu().numpy())


def calibrate(
    network: FFNetwork, settings: NetworkSettings, data: DataSettings, split: Split
) -> None:
    """Set the initial gain of each layer on the first samples of ``split``, with their true labels.

    Args:
        network: Just built.
        settings: Those it was built from.
        data: How samples become spikes.
        split: Training data.
    """
    wanted = max(CALIBRATION_LEAST, CALIBRATION_ROWS // data.steps)
    sample = split.head(min(wanted, len(split)))
    spikes = torch.from_numpy(
        present(encode_images(data, sample.whole()), sample.labels, network.labels)
    )
    spikes = spikes.to(network.weight_parts(0)[0])  # device and dtype of the weights
    network.calibrate(spikes, [layer.initial_firing for layer in settings.layers])
