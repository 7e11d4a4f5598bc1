"""A trained network as a whole: what evaluation, description and inference need, and no more."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from spikeff.errors import ConfigError
from spikeff.learning.generative import GenerativeSide, generative_shapes
from spikeff.learning.readout import SoftmaxReadout
from spikeff.learning.roll_out import Sampler
from spikeff.nn.builder import build_network, decode_images, encode_events
from spikeff.nn.ends import Ends
from spikeff.nn.ff_network import FFNetwork
from spikeff.training.config.schema import TrainConfig


@dataclass
class Model:
    """Network, linear readout and the configuration that they belong to.

    Attributes:
        generative: Predicts what lies below each layer; None where the configuration has none.
        epochs_done: Whole epochs of training so far.
    """

    config: TrainConfig
    network: FFNetwork
    readout: SoftmaxReadout
    device: torch.device
    generative: GenerativeSide | None = None
    epochs_done: int = 0

    @classmethod
    def build(cls, config: TrainConfig, pixels: int, classes: int, device: torch.device) -> Model:
        """An untrained model for data of this many channels and classes, by the seed of ``config``.

        Raises:
            ConfigError: The configuration does not fit the data.
        """
        _require_wrong_labels(config, classes)
        ends = Ends(pixels, classes, config.reading)
        slope = config.learning.surrogate_slope
        network = build_network(config.network, ends, slope, config.seed).to(device)
        readout = SoftmaxReadout(network.hidden, classes, device)
        return cls(config, network, readout, device, _generative(config, pixels, classes, device))

    @property
    def sampler(self) -> Sampler | None:
        """Rolls out samples of the model's own; None without a generative side."""
        if self.generative is None:
            return None
        data, place = self.config.data, self.device
        return Sampler(
            self.network,
            self.generative,
            lambda images: encode_events(data, images, place),
            lambda activity: decode_images(data, activity),
        )

    @property
    def weight(self) -> Tensor:
        """Some weight: where the model lies, and in what floats it computes."""
        return self.network.weight_parts(0)[0]

    def weights(self) -> dict[str, Tensor]:
        """Everything learned, by the names of a checkpoint; views, so that they can be set.

        The delays of a layer follow its weights, numbered on.
        """
        weights = {"readout.0.weight": self.readout.weight}
        if self.generative is not None:
            weights |= self.generative.named()
        for depth in range(len(self.network.stack)):
            delays = [d.steps for d in self.network.delay_parts(depth)]
            for part, weight in enumerate(self.network.weight_parts(depth) + delays):
                weights[f"layer{depth}.{part}.weight"] = weight
        return weights

    def boxes(self) -> dict[str, Tensor]:
        """State of what lies between layers, by the names of a checkpoint."""
        return {
            f"box{depth}.{part}": tensor
            for depth, box in self.network.between.items()
            if isinstance(box, nn.Module)
            for part, tensor in box.state_dict().items()
        }


def _generative(
    config: TrainConfig, pixels: int, classes: int, device: torch.device
) -> GenerativeSide | None:
    settings = config.learning.generative
    if settings is None:
        return None
    layers = [layer.neurons for layer in config.layers]
    shapes = generative_shapes(pixels, layers, classes)
    return GenerativeSide(shapes, settings.learning_rate, device, settings.sharpness)


def _require_wrong_labels(config: TrainConfig, classes: int) -> None:
    per_sample = getattr(config.negatives, "per_sample", 0)
    if per_sample >= classes:
        raise ConfigError(
            f"negatives.per_sample = {per_sample}: the data have {classes} classes, so "
            f"{classes - 1} wrong labels; choose fewer."
        )
