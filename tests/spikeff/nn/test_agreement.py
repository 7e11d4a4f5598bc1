import numpy as np
import torch

from spikeff.evidence.perturbations import shuffled
from spikeff.ir.goodness import coincident_pairs
from spikeff.nn.coincidence import pairs_by_chance


def spikes(seed, share):
    generator = torch.Generator().manual_seed(seed)
    return (torch.rand(8, 400, 40, generator=generator) < share).float()


def test_chance_is_what_the_shuffle_leaves():
    z = spikes(1, 0.25)
    z[2, :, :20] = 1.0
    generator = np.random.default_rng(7)
    moved = [torch.from_numpy(shuffled(z.numpy() > 0, generator)).float() for _ in range(10)]
    left = sum(coincident_pairs(each, 10).sum() for each in moved) / 10
    expected = pairs_by_chance(z, 10).sum()
    torch.testing.assert_close(left, expected, rtol=0.01, atol=0)
    assert coincident_pairs(z, 10).sum() > 1.3 * expected


def test_independent_firing_has_no_more_pairs_than_chance():
    z = spikes(2, 0.3)
    ratio = coincident_pairs(z, 10).sum() / pairs_by_chance(z, 10).sum()
    assert abs(ratio - 1.0) < 0.02
