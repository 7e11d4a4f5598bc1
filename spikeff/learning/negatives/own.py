"""Negatives that the network makes itself, in any share beside others.

``dreams``         images that its generative side rolls out, beside hybrid images; no labels.
``dreamt_labels``  such images under the right label, beside wrong labels of the real ones.
``rolled_out``     text that its readout continues, each character with the next one it would write,
                   beside real text with a wrong next character.

They are drawn anew for every batch, from the network as it is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Literal

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from spikeff.ir.arrays import Array
from spikeff.learning.batch import Batch
from spikeff.learning.negatives.hybrids import hybrid_images
from spikeff.learning.negatives.labels import HardLabels, neutral_counts
from spikeff.learning.negatives.mixed import MixedImages
from spikeff.learning.negatives.source import Drawn, register_negatives
from spikeff.learning.phase import Phase
from spikeff.learning.readout import ReadoutLearner
from spikeff.learning.text import continued
from spikeff.nn.ff_network import FFNetwork
from spikeff.nn.presented import Presented

DREAMS, DREAMT_LABELS, ROLLED_OUT = "dreams", "dreamt_labels", "rolled_out"
GENERATIVE = (DREAMS, DREAMT_LABELS)  # those that a generative side makes
MOST_STEPS = 1000  # of a roll-out
Share = Annotated[float, Field(gt=0.0, le=1.0)]
Steps = Annotated[int, Field(ge=1, le=MOST_STEPS)]


@dataclass(frozen=True)
class Dreams(MixedImages):
    """Roll-outs of the network's own, and hybrids of real images where they are not.

    Attributes:
        start: What roll-outs start from: real images, or noise.
        roll_out: Steps of a roll-out.
        share: Of the negatives that the network makes itself.
        passes: Blurring passes of the masks of hybrids.
    """

    start: Literal["data", "noise"] = "data"
    roll_out: Steps = 1
    share: Share = 1.0
    passes: Annotated[int, Field(ge=0)] = 6
    asks_network: ClassVar[bool] = True

    def mixed(self, batch: Batch, generator: torch.Generator) -> Array:
        """See :meth:`MixedImages.mixed`."""
        images = batch.images
        chosen = some_of(len(images), self.share, generator)
        shown = images.copy()
        if len(chosen) < len(images):
            shown = hybrid_images(images, batch.shape, self.passes, generator)
        if len(chosen):
            shown[chosen] = _dreamt(batch, chosen, self.start, self.roll_out, None, generator)
        return shown


class OwnBesideLabels(HardLabels):
    """Wrong labels, of which a share gives way to presentations of the network's own."""

    share: float

    def draw(
        self,
        network: FFNetwork,
        readout: ReadoutLearner,
        batch: Batch,
        generator: torch.Generator,
    ) -> Drawn:
        """See :meth:`spikeff.learning.negatives.source.NegativeSource.draw`."""
        drawn = super().draw(network, readout, batch, generator)
        labels = drawn.presented.labels
        if batch.phase is Phase.AWAKE or labels is None:
            return drawn
        real = 0 if batch.phase is Phase.ASLEEP else len(batch.images)
        chosen = real + some_of(labels.numel() - real, self.share, generator)
        if not len(chosen):
            return drawn
        images = np.tile(batch.images, (len(labels), 1))
        labels = labels.clone(memory_format=torch.contiguous_format)
        own, beside = self.own(network, readout, batch, chosen % len(batch.images), generator)
        images[chosen] = own
        labels.view(-1)[torch.from_numpy(chosen).to(labels.device)] = beside
        shown = Presented(batch.encode(images), labels, drawn.presented.rows)
        return replace(drawn, presented=shown)

    def own(
        self,
        network: FFNetwork,
        readout: ReadoutLearner,
        batch: Batch,
        chosen: Array,
        generator: torch.Generator,
    ) -> tuple[Array, Tensor]:
        """Images of the network's own, one for each chosen sample, and labels beside them."""
        raise NotImplementedError


@dataclass(frozen=True)
class DreamtLabels(OwnBesideLabels):
    """Roll-outs under the right label, and wrong labels of real images where they are not.

    Attributes:
        start: What roll-outs start from: real images, noise, or the clamped label alone.
        roll_out: Steps of a roll-out.
        share: Of the negatives that the network makes itself.
    """

    start: Literal["data", "noise", "label"] = "label"
    roll_out: Steps = 1
    share: Share = 0.5

    def own(
        self,
        network: FFNetwork,
        readout: ReadoutLearner,
        batch: Batch,
        chosen: Array,
        generator: torch.Generator,
    ) -> tuple[Array, Tensor]:
        """See :meth:`OwnBesideLabels.own`."""
        labels = batch.labels[torch.from_numpy(chosen).to(batch.labels.device)]
        return _dreamt(batch, chosen, self.start, self.roll_out, labels, generator), labels


@dataclass(frozen=True)
class RolledOut(OwnBesideLabels):
    """Text that the network continues by itself, and wrong next characters where it does not.

    Attributes:
        roll_out: Characters that each roll-out from real text is long.
        share: Of the negatives that the network makes itself.
    """

    roll_out: Steps = 10
    share: Share = 1.0

    def own(
        self,
        network: FFNetwork,
        readout: ReadoutLearner,
        batch: Batch,
        chosen: Array,
        generator: torch.Generator,
    ) -> tuple[Array, Tensor]:
        """See :meth:`OwnBesideLabels.own`."""
        starts = batch.images[chosen[: -(-len(chosen) // self.roll_out)]]

        def guess(windows: Array) -> Tensor:
            return readout.probabilities(neutral_counts(network, batch.encode(windows)))

        text = continued(starts, batch.shape, self.roll_out, guess, generator)
        return text.windows[: len(chosen)], text.labels[: len(chosen)].to(batch.labels)


def some_of(count: int, share: float, generator: torch.Generator) -> Array:
    """Which of ``count`` presentations are the network's own, int (as many as the share says,)."""
    order = torch.randperm(count, generator=generator)[: round(share * count)]
    return np.asarray(order.sort().values.numpy())


def _dreamt(
    batch: Batch,
    chosen: Array,
    start: str,
    steps: int,
    labels: Tensor | None,
    generator: torch.Generator,
) -> Array:
    """Roll-outs, uint8 (chosen, pixels), under ``labels``, where labels are in the input."""
    sampler = batch.sampler
    assert sampler is not None, "checked with the configuration"
    if start == "noise":
        images = sampler.noise(len(chosen), generator)
    elif start == "label" and labels is not None:
        images = sampler.imagined(labels, generator)
    else:
        images = batch.images[chosen]
    return sampler.rolled_out(images, steps, labels)


register_negatives(DREAMS, Dreams)
register_negatives(DREAMT_LABELS, DreamtLabels)
register_negatives(ROLLED_OUT, RolledOut)
