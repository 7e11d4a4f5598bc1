"""What negatives mixed of several images have in common: without labels, images beside mixtures."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np
import torch

from spikeff.ir.arrays import Array
from spikeff.ir.codes import SOFTMAX
from spikeff.learning.batch import Batch
from spikeff.learning.negatives.source import Drawn
from spikeff.learning.phase import Phase
from spikeff.learning.readout import ReadoutLearner
from spikeff.nn.ff_network import FFNetwork
from spikeff.nn.presented import Presented


class MixedImages(ABC):
    """The images of a batch, then mixtures of them; the linear readout alone learns labels."""

    reading: ClassVar[str] = SOFTMAX
    labels_in_input: ClassVar[bool] = False
    asks_network: ClassVar[bool] = False
    of_images: ClassVar[bool] = True

    def draw(
        self,
        network: FFNetwork,
        readout: ReadoutLearner,
        batch: Batch,
        generator: torch.Generator,
    ) -> Drawn:
        """See :meth:`spikeff.learning.negatives.source.NegativeSource.draw`."""
        images = self._shown(batch, generator)
        return Drawn(Presented(batch.encode(images), None, len(images) // len(batch.images)))

    @abstractmethod
    def mixed(self, batch: Batch, generator: torch.Generator) -> Array:
        """As many or a multiple of the images, (rows * samples, pixels).

        Args:
            batch: Of the images.
            generator: The only source of random numbers.
        """

    def _shown(self, batch: Batch, generator: torch.Generator) -> Array:
        if batch.phase is Phase.AWAKE:
            return batch.images
        mixed = self.mixed(batch, generator)
        return mixed if batch.phase is Phase.ASLEEP else np.concatenate([batch.images, mixed])
