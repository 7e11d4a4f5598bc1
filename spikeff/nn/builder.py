"""From a configuration to a network, its readout and its optimisers, with calibrated gains."""

from __future__ import annotations

import torch

from spikeff.data.dataset import Split
from spikeff.data.encoders import encode, get_encoder
from spikeff.data.labels import present
from spikeff.errors import ConfigError
from spikeff.ir.arrays import Array
from spikeff.ir.codes import ALL_LABELS, LabelCode
from spikeff.nn.black_box import make_black_box
from spikeff.nn.layer import SpikingLayer
from spikeff.nn.lif import LIFConstants
from spikeff.nn.network import SpikingFFNetwork
from spikeff.nn.population import GoodnessSpec
from spikeff.nn.spike_events import SpikeEvents
from spikeff.training.config.schema import TrainConfig

# As many samples as keep samples x steps at this, but no fewer than the least.
CALIBRATION_ROWS = 4096
CALIBRATION_LEAST = 16


def label_code(config: TrainConfig, classes: int) -> LabelCode | None:
    """The label channels, None where no label is in the input."""
    if config.reading != ALL_LABELS:
        return None
    return LabelCode(classes, config.label_neurons, tuple(sorted(config.label_steps)))


def input_channels(config: TrainConfig, split: Split) -> int:
    """Channels that carry the datum. Raises DataError where spike trains have other steps."""
    return get_encoder(config.encoder).channels(split.shape, config.steps)


def build_network(
    config: TrainConfig, pixels: int, classes: int, generator: torch.Generator
) -> SpikingFFNetwork:
    """A network with random weights of unit drive; see :func:`calibrate`.

    Raises ConfigError where the configuration needs more classes than there are.
    """
    if config.reading == ALL_LABELS and config.negatives_per_sample >= classes:
        raise ConfigError(
            f"negatives_per_sample = {config.negatives_per_sample}: the data have {classes} "
            f"classes, so {classes - 1} wrong labels; choose fewer."
        )
    constants = LIFConstants(
        config.tau_syn, config.tau_mem, config.v_th, config.dt, config.spike_limit
    )
    spec = GoodnessSpec(config.goodness, config.beta, config.goodness_scale)
    labels = label_code(config, classes)
    layers, inputs = [], pixels + (labels.channels if labels else 0)
    for neurons in config.layers:
        layers.append(
            SpikingLayer(
                inputs,
                neurons,
                config.column_size,
                constants,
                spec,
                config.surrogate_slope,
                config.homeostasis,
                config.target_firing,
                round(config.constraint_share * (neurons // config.column_size)),
                generator,
                config.weight_bits,
            )
        )
        inputs = neurons
    layers[0].weight[:, pixels:] *= config.label_gain
    box = make_black_box(config.black_box, config.layers[0], constants, config.seed)
    between = {} if box is None else {0: box}
    return SpikingFFNetwork(
        layers, pixels, labels, classes, config.reading, between, config.spike_budget
    )


def encode_events(config: TrainConfig, images: Array, device: torch.device) -> SpikeEvents:
    """Encode images (samples, pixels) to spikes on ``device``."""
    spikes = encode(config.encoder, images, config.steps, config.pixel_threshold)
    return SpikeEvents.of(spikes, device)


def calibrate(network: SpikingFFNetwork, config: TrainConfig, split: Split) -> None:
    """Set the initial gain of each layer on the first samples of ``split``, true labels on."""
    wanted = max(CALIBRATION_LEAST, CALIBRATION_ROWS // config.steps)
    sample = split.head(min(wanted, len(split)))
    pixels = encode(config.encoder, sample.images, config.steps, config.pixel_threshold)
    spikes = torch.from_numpy(present(pixels, sample.labels, network.labels))
    spikes = spikes.to(network.stack[0].weight)  # its device and its dtype
    for depth, layer in enumerate(network.stack):
        layer.calibrate_gain(spikes, config.initial_firing)
        spikes = network.pass_on(depth, layer(spikes))
