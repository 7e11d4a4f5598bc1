"""Views of two scenes: the first half of each sample with the second half of another.

``views``  positives are two views of one scene, negatives views of two (as contrastive learning has
           them, Chen et al. 2020, but within each layer and by its goodness). No label is shown to
           the layers; the linear readout alone learns them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
import torch
from pydantic import Field

from spikeff.ir.arrays import Array
from spikeff.learning.batch import Batch
from spikeff.learning.negatives.mixed import MixedImages
from spikeff.learning.negatives.source import register_negatives

VIEWS = "views"


@dataclass(frozen=True)
class OtherViews(MixedImages):
    """The samples, then each with the second view of others of the batch.

    Attributes:
        per_sample: Other samples whose view is shown beside the first of each.
    """

    per_sample: Annotated[int, Field(ge=1)] = 1

    def mixed(self, batch: Batch, generator: torch.Generator) -> Array:
        """See :meth:`MixedImages.mixed`."""
        return mixed_views(batch.images, self.per_sample, generator)


def mixed_views(images: Array, per_sample: int, generator: torch.Generator) -> Array:
    """The upper half of each image above the lower half of another, (per_sample * samples, pixels).

    Args:
        images: (samples, pixels), the halves one after the other.
        per_sample: Different others for each, as far as the batch has as many.
        generator: Of the choice, on the CPU.
    """
    samples, half = len(images), images.shape[1] // 2
    steps = 1 + torch.randperm(max(1, samples - 1), generator=generator)
    chosen = [int(steps[k % len(steps)]) for k in range(per_sample)]
    lower = [np.roll(images[:, half:], step, axis=0) for step in chosen]
    return np.concatenate([np.concatenate([images[:, :half], z], 1) for z in lower])


register_negatives(VIEWS, OtherViews)
