"""One batch of samples on its way into a network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from spikeff.ir.arrays import Array
from spikeff.learning.phase import Phase
from spikeff.learning.roll_out import Sampler
from spikeff.nn.spike_events import SpikeEvents


@dataclass(frozen=True, eq=False)
class Batch:
    """Samples with their labels.

    Attributes:
        images: uint8 (samples, pixels), augmented.
        shape: Rows and columns of an image.
        labels: True labels int (samples,), on the network's device.
        phase: Which presentations the batch is for.
        encode: Turns images into spikes, with the input dropout of training.
        sampler: Rolls out samples of the network's own; None without a generative side.
    """

    images: Array
    shape: tuple[int, int]
    labels: Tensor
    phase: Phase
    encode: Callable[[Array], SpikeEvents]
    sampler: Sampler | None = None
