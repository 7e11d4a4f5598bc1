import torch

from spikeff.nn.coincidence import coincident_pairs, pairs_by_chance, shuffle_in_time


def spikes(seed, share):
    generator = torch.Generator().manual_seed(seed)
    return (torch.rand(8, 400, 40, generator=generator) < share).float()


def test_shuffle_keeps_counts_and_moves_spikes():
    z = spikes(0, 0.2)
    shuffled = shuffle_in_time(z, torch.Generator().manual_seed(5))
    assert torch.equal(shuffled.sum(0), z.sum(0))
    assert not torch.equal(shuffled, z)
    assert set(shuffled.unique().tolist()) == {0.0, 1.0}


def test_shuffled_steps_are_uniform():
    z = torch.zeros(8, 4000, 10)
    z[3] = 1.0
    z[4] = 1.0
    shuffled = shuffle_in_time(z, torch.Generator().manual_seed(6))
    per_step = shuffled.mean((1, 2))
    torch.testing.assert_close(per_step, torch.full((8,), 0.25), atol=0.01, rtol=0)


def test_chance_is_what_the_shuffle_leaves():
    z = spikes(1, 0.25)
    z[2, :, :20] = 1.0
    generator = torch.Generator().manual_seed(7)
    left = sum(coincident_pairs(shuffle_in_time(z, generator), 10).sum() for _ in range(10)) / 10
    expected = pairs_by_chance(z, 10).sum()
    torch.testing.assert_close(left, expected, rtol=0.01, atol=0)
    assert coincident_pairs(z, 10).sum() > 1.3 * expected


def test_independent_firing_has_no_more_pairs_than_chance():
    z = spikes(2, 0.3)
    ratio = coincident_pairs(z, 10).sum() / pairs_by_chance(z, 10).sum()
    assert abs(ratio - 1.0) < 0.02
