"""Negatives of two scenes' views."""

import numpy as np
import pytest
import torch

from spikeff.learning.batch import Batch
from spikeff.learning.negatives.views import OtherViews, mixed_views
from spikeff.learning.phase import Phase
from spikeff.nn.spike_events import SpikeEvents

IMAGES = np.arange(6, dtype=np.uint8).repeat(4).reshape(6, 4) + 1


def test_the_second_half_is_of_another_sample_and_the_first_its_own():
    mixed = mixed_views(IMAGES, 2, torch.Generator().manual_seed(0)).reshape(2, 6, 4)
    assert np.array_equal(mixed[0, :, :2], IMAGES[:, :2])
    assert np.array_equal(mixed[1, :, :2], IMAGES[:, :2])
    assert (mixed[..., 2:] != IMAGES[:, 2:]).all()
    assert (mixed[0, :, 2:] != mixed[1, :, 2:]).all()
    for row in mixed:
        assert np.array_equal(np.sort(row[:, 2]), IMAGES[:, 2])


@pytest.mark.parametrize(("phase", "rows"), [(Phase.BOTH, 3), (Phase.AWAKE, 1), (Phase.ASLEEP, 2)])
def test_each_phase_shows_its_presentations(phase, rows):
    def encode(images):
        return SpikeEvents.of(images[None] > 0, torch.device("cpu"))

    batch = Batch(IMAGES, (2, 2), torch.zeros(6, dtype=torch.int64), phase, encode)
    drawn = OtherViews(2).draw(None, None, batch, torch.Generator().manual_seed(0))
    assert drawn.presented.rows == rows
    assert drawn.presented.samples == 6
    assert drawn.hits is None
