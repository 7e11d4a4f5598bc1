"""Hybrid images: negatives with real short-range and wrong long-range structure, without labels.

``hybrid``  each image against a mixture of two (Hinton 2022, section 3.2). No label is shown to the
            layers; the linear readout alone learns them, from the spike counts of the images.
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

HYBRID = "hybrid"


@dataclass(frozen=True)
class Hybrids(MixedImages):
    """The images, then as many hybrids of them.

    Attributes:
        passes: Blurring passes of the masks; more make larger blobs.
    """

    passes: Annotated[int, Field(ge=0)] = 6

    def mixed(self, batch: Batch, generator: torch.Generator) -> Array:
        """See :meth:`MixedImages.mixed`."""
        return hybrid_images(batch.images, batch.shape, self.passes, generator)


def blob_masks(
    samples: int, shape: tuple[int, int], passes: int, generator: torch.Generator
) -> Array:
    """Masks of large regions of ones and zeros, bool (samples, rows * columns).

    A random bit image, blurred ``passes`` times by [1/4, 1/2, 1/4] along both axes and thresholded
    at 1/2 (Hinton 2022, section 3.2).

    Args:
        samples: Number of masks.
        shape: Rows and columns.
        passes: Blurring passes.
        generator: Of the bits, on the CPU.
    """
    rows, columns = shape
    bits = torch.randint(0, 2, (samples, 1, rows, columns), generator=generator)
    weights = torch.tensor([0.25, 0.5, 0.25])
    image = bits.to(torch.get_default_dtype())
    kernel = torch.outer(weights, weights)[None, None]
    for _ in range(passes):
        padded = torch.nn.functional.pad(image, (1, 1, 1, 1), mode="replicate")
        image = torch.nn.functional.conv2d(padded, kernel)
    return np.asarray((image > 0.5).reshape(samples, rows * columns).numpy())


def hybrid_images(
    images: Array, shape: tuple[int, int], passes: int, generator: torch.Generator
) -> Array:
    """Each image where its mask is 1 and another image of the batch where it is 0.

    Args:
        images: (samples, rows * columns), at least two.
        shape: Rows and columns.
        passes: Blurring passes of the masks.
        generator: Of masks and partners, on the CPU.
    """
    masks = blob_masks(len(images), shape, passes, generator)
    step = int(torch.randint(1, len(images), (1,), generator=generator)) if len(images) > 1 else 0
    return np.asarray(np.where(masks, images, np.roll(images, step, axis=0)))


register_negatives(HYBRID, Hybrids)
