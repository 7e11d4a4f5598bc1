"""From settings to a network with calibrated gains, and from data to its input."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from spikeff.data.dataset import Split
from spikeff.data.encoders import encode, get_encoder
from spikeff.data.labels import present
from spikeff.data.settings import DataSettings
from spikeff.ir.arrays import Array
from spikeff.ir.codes import LabelCode
from spikeff.nn.black_box import make_black_box
from spikeff.nn.layer import SpikingLayer
from spikeff.nn.network import SpikingFFNetwork
from spikeff.nn.population import GoodnessSpec
from spikeff.nn.settings import LabelSettings, LayerSettings, NetworkSettings
from spikeff.nn.spike_events import SpikeEvents

# As many samples as keep samples x steps at this, but no fewer than the least.
CALIBRATION_ROWS = 4096
CALIBRATION_LEAST = 16


def label_code(labels: LabelSettings | None, classes: int) -> LabelCode | None:
    """The label channels, None where no label is in the input."""
    if labels is None:
        return None
    return LabelCode(classes, labels.neurons, tuple(sorted(labels.steps)))


def input_channels(data: DataSettings, split: Split) -> int:
    """Channels that carry the datum. Raises DataError where spike trains have other steps."""
    return get_encoder(data.encoder.kind).channels(split.shape, data.steps)


@dataclass(frozen=True)
class Ends:
    """What a network is built between.

    Attributes:
        pixels: Channels that carry the datum.
        classes: Number of answers.
        reading: Kind of answer, see ``spikeff.ir.codes.Readout``.
    """

    pixels: int
    classes: int
    reading: str


def build_network(
    settings: NetworkSettings, ends: Ends, slope: float, seed: int
) -> SpikingFFNetwork:
    """A network with random weights of unit drive; see :func:`calibrate`.

    Args:
        settings: Layers and what joins them.
        ends: Input and answer.
        slope: Of the surrogate derivative.
        seed: Of the weights.
    """
    generator = torch.Generator().manual_seed(seed)
    labels = label_code(settings.labels, ends.classes)
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
    settings: LayerSettings, inputs: int, dt: float, slope: float, generator: torch.Generator
) -> SpikingLayer:
    goodness, homeostasis = settings.goodness, settings.homeostasis
    return SpikingLayer(
        inputs,
        settings.neurons,
        settings.column_size,
        settings.neuron.constants(dt, settings.spike_limit),
        GoodnessSpec(goodness.kind, goodness.window, goodness.scale) if goodness else None,
        slope,
        homeostasis.strength if homeostasis else 0.0,
        homeostasis.target_firing if homeostasis else 0.0,
        settings.constraint_columns,
        generator,
        settings.weight_bits,
    )


def encode_images(data: DataSettings, images: Array) -> Array:
    """Spikes, bool (steps, samples, channels), of images (samples, pixels)."""
    return encode(data.encoder.kind, images, data.steps, data.encoder.threshold)


def encode_events(data: DataSettings, images: Array, device: torch.device) -> SpikeEvents:
    """Encode images (samples, pixels) to spikes on ``device``."""
    return SpikeEvents.of(encode_images(data, images), device)


def calibrate(
    network: SpikingFFNetwork, settings: NetworkSettings, data: DataSettings, split: Split
) -> None:
    """Set the initial gain of each layer on the first samples of ``split``, true labels on."""
    wanted = max(CALIBRATION_LEAST, CALIBRATION_ROWS // data.steps)
    sample = split.head(min(wanted, len(split)))
    spikes = torch.from_numpy(
        present(encode_images(data, sample.images), sample.labels, network.labels)
    )
    spikes = spikes.to(network.stack[0].weight)  # its device and its dtype
    for depth, (layer, own) in enumerate(zip(network.stack, settings.layers, strict=True)):
        layer.calibrate_gain(spikes, own.initial_firing)
        spikes = network.pass_on(depth, layer(spikes))
