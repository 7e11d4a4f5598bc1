import numpy as np
import torch

from spikeff.data.transforms import shift_images


def test_every_shift_occurs_and_is_a_shift():
    images = np.random.default_rng(0).integers(1, 256, (400, 30), dtype=np.uint8)
    shifted = shift_images(images, (5, 6), 2, torch.Generator().manual_seed(1))
    found = set()
    for image, moved in zip(images.reshape(-1, 5, 6), shifted.reshape(-1, 5, 6), strict=True):
        padded = np.pad(image, 2)
        matches = [
            (r, c)
            for r in range(5)
            for c in range(5)
            if np.array_equal(padded[r : r + 5, c : c + 6], moved)
        ]
        assert len(matches) == 1
        found.add(matches[0])
    assert len(found) == 25


def test_no_reach_changes_nothing():
    images = np.ones((2, 4), np.uint8)
    assert shift_images(images, (2, 2), 0, torch.Generator()) is images
