import numpy as np
import torch

from spikeff.data.transforms import mirror_images, shift_images


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


def test_planes_are_shifted_alike_and_stay_apart():
    planes = np.random.default_rng(2).integers(1, 256, (50, 3, 4, 5), dtype=np.uint8)
    planes[:, 1] = planes[:, 0]
    planes[:, 2] = 0
    flat = planes.reshape(50, -1)
    moved = shift_images(flat, (12, 5), 1, torch.Generator().manual_seed(1), planes=3)
    first, second, third = np.moveaxis(moved.reshape(50, 3, 4, 5), 1, 0)
    np.testing.assert_array_equal(first, second)
    assert not third.any()
    alone = shift_images(flat[:, :20], (4, 5), 1, torch.Generator().manual_seed(1))
    np.testing.assert_array_equal(first.reshape(50, -1), alone)


def test_half_of_the_images_are_mirrored_left_for_right():
    images = np.random.default_rng(3).integers(1, 256, (400, 6, 5), dtype=np.uint8)
    found = mirror_images(images.reshape(400, -1), (6, 5), torch.Generator().manual_seed(1))
    found = found.reshape(images.shape)
    kept, mirrored = ((found == i).all((1, 2)) for i in (images, images[:, :, ::-1]))
    assert (kept ^ mirrored).all()
    assert 150 < mirrored.sum() < 250
