"""No negatives: every sample once, for objectives that compare no presentations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch

from spikeff.ir.codes import SOFTMAX
from spikeff.learning.batch import Batch
from spikeff.learning.negatives.source import Drawn
from spikeff.learning.readout import ReadoutLearner
from spikeff.nn.ff_network import FFNetwork
from spikeff.nn.presented import Presented


@dataclass(frozen=True)
class NoNegatives:
    """The samples as they are."""

    reading: ClassVar[str] = SOFTMAX
    labels_in_input: ClassVar[bool] = False
    asks_network: ClassVar[bool] = False
    of_images: ClassVar[bool] = False

    def draw(
        self,
        network: FFNetwork,
        readout: ReadoutLearner,
        batch: Batch,
        generator: torch.Generator,
    ) -> Drawn:
        """See :meth:`spikeff.learning.negatives.source.NegativeSource.draw`."""
        return Drawn(Presented(batch.encode(batch.images)))
