"""Samples that a network makes itself, rolled out by its generative side.

One step of a roll-out shows an image to the layers and takes what their spikes predict of the input
as the next image. Roll-outs start from real images, from noise or from a clamped label.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from spikeff.ir.arrays import Array
from spikeff.learning.generative import GenerativeSide, activity
from spikeff.nn.ff_network import FFNetwork
from spikeff.nn.spike_events import SpikeEvents


@dataclass(frozen=True)
class Sampler:
    """Rolls out images, uint8 (samples, pixels).

    Attributes:
        network: Whose spikes predict.
        side: Its generative side.
        encode: From images to spikes.
        decode: From activities of the input (samples, channels) to images.
    """

    network: FFNetwork
    side: GenerativeSide
    encode: Callable[[Array], SpikeEvents]
    decode: Callable[[Tensor], Array]

    def rolled_out(self, images: Array, steps: int, labels: Tensor | None = None) -> Array:
        """Images after ``steps`` steps.

        Args:
            images: Where the roll-out starts.
            steps: 0 gives them back.
            labels: Clamped in the input, where labels are in it, (samples,); None for none.
        """
        shown = None if self.network.labels is None else labels
        for _ in range(steps):
            spikes = self.network.responses(self.encode(images))(shown)
            top = len(spikes) - 1
            images = self.decode(self.side.downward(top, activity(spikes[top])))
        return images

    def imagined(self, labels: Tensor, generator: torch.Generator) -> Array:
        """Images from clamped labels alone."""
        return self.decode(self.side.imagined(labels, generator))

    def noise(self, samples: int, generator: torch.Generator) -> Array:
        """Pixels drawn one by one, as bright on average as a silent network predicts."""
        mean = self.side.silent(samples)
        uniform = torch.rand(mean.shape, generator=generator).to(mean)
        return self.decode((uniform < mean).to(mean))
