from itertools import combinations, product

import numpy as np
import pytest
import torch

from spikeff.errors import UnknownNameError
from spikeff.evidence.perturbations import shuffled
from spikeff.ir.goodness import (
    BUILT_IN,
    GOODNESS,
    class_goodness,
    coincident_pairs,
    get_goodness,
    in_columns,
    layer_goodness,
)

BETA = 0.4


def spikes(seed, steps=6, samples=3, columns=4, m=5, share=0.3):
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.rand(steps, samples, columns, m, generator=generator, dtype=torch.float64)
    return (drawn < share).to(torch.float64)


def pair_sum(z, weight_of_lag):
    """Brute force over all ordered pairs of spikes, one neuron at a time."""
    steps, samples, columns, m = z.shape
    total = torch.zeros(samples, columns, dtype=z.dtype)
    for t in range(steps):
        for s in range(steps):
            for j in range(m):
                for k in range(m):
                    if t == s and j == k:
                        continue
                    total += weight_of_lag(abs(t - s)) * z[t, :, :, j] * z[s, :, :, k]
    return total / (m - 1)


@pytest.mark.parametrize("neurons", [255, 256, 300])
def test_columns_whose_spikes_a_byte_does_not_hold(neurons):
    z = np.ones((2, 1, 2 * neurons), bool)
    assert (coincident_pairs(z, neurons) == 2 * neurons * (neurons - 1)).all()


@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_first_spikes_and_traces_alone_know_forwards_from_backwards(name):
    z = spikes(3).numpy()
    same = np.allclose(GOODNESS[name].value(z, BETA), GOODNESS[name].value(z[::-1], BETA))
    assert same == (name not in ("first_spike", "traces"))


@pytest.mark.parametrize("seed", [0, 1])
def test_pairs_count_every_ordered_pair_of_the_same_step(seed):
    z = spikes(seed)
    counted = pair_sum(z, lambda lag: float(lag == 0))
    torch.testing.assert_close(GOODNESS["pairs"].value(z, BETA), counted)


@pytest.mark.parametrize("seed", [0, 1])
def test_windowed_pairs_weigh_near_steps(seed):
    z = spikes(seed)
    counted = pair_sum(z, lambda lag: BETA**lag)
    torch.testing.assert_close(GOODNESS["windowed_pairs"].value(z, BETA), counted)


@pytest.mark.parametrize("name", ["pairs", "windowed_pairs", "excess"])
def test_derivative_is_the_gain_of_one_more_spike(name):
    z = spikes(2)
    slope = GOODNESS[name].derivative(z, BETA)
    before = GOODNESS[name].value(z, BETA)
    for t, c, j in [(0, 0, 0), (3, 2, 4), (5, 3, 1)]:
        more = z.clone()
        more[t, :, c, j] = 1.0
        gained = GOODNESS[name].value(more, BETA)[:, c] - before[:, c]
        silent = z[t, :, c, j] == 0
        torch.testing.assert_close(gained[silent], slope[t, :, c, j][silent])


@pytest.mark.parametrize("name", ["synchrony", "rate"])
def test_derivative_is_the_gradient(name):
    z = spikes(3).requires_grad_()
    GOODNESS[name].value(z, BETA).sum().backward()
    slope = GOODNESS[name].derivative(z.detach(), BETA)
    torch.testing.assert_close(slope.expand_as(z), z.grad)


def test_rate_ignores_when_and_synchrony_ignores_constant_firing():
    z = spikes(4)
    moved = z.roll(2, 0)
    torch.testing.assert_close(GOODNESS["rate"].value(z, 0.0), GOODNESS["rate"].value(moved, 0.0))
    always = torch.ones_like(z)
    assert GOODNESS["synchrony"].value(always, 0.0).abs().max() == 0


def test_synchrony_without_a_window_is_the_variance_of_the_count():
    z = spikes(7)
    n = z.sum(3)
    variance = ((n - n.mean(0)) ** 2).sum(0) / 4
    torch.testing.assert_close(GOODNESS["synchrony"].value(z, 0.0), variance)


@pytest.mark.parametrize("beta", [0.0, 0.4])
def test_synchrony_is_nothing_on_average_over_all_placements_of_two_spikes(beta):
    """One spike each of two neurons, over every pair of steps: only the self terms stay."""
    totals = []
    for t in range(6):
        for s in range(6):
            z = torch.zeros(6, 1, 1, 2, dtype=torch.float64)
            z[t, 0, 0, 0] = 1.0
            z[s, 0, 0, 1] = 1.0
            n = z.sum(3)
            both = GOODNESS["synchrony"].value(z, beta)
            alone = sum(
                GOODNESS["synchrony"].value(z[..., [k, k]] * torch.tensor([1.0, 0.0]), beta)
                for k in range(2)
            )
            assert n.sum() == 2
            totals.append((both - alone).item())
    assert abs(sum(totals)) < 1e-9


def placed(counts, steps):
    """Every way in which neurons can have these counts, equally often: (ways, steps, 1, 1, m)."""
    of_neuron = [list(combinations(range(steps), count)) for count in counts]
    for ways in product(*of_neuron):
        z = np.zeros((steps, 1, 1, len(counts)))
        for neuron, taken in enumerate(ways):
            z[list(taken), 0, 0, neuron] = 1.0
        yield z


@pytest.mark.parametrize("beta", [0.0, 0.4])
@pytest.mark.parametrize("counts", [(1, 1, 1), (2, 1, 0), (3, 2, 1), (4, 4)])
def test_excess_is_nothing_on_average_over_all_placements(counts, beta):
    """Exactly, whatever the counts; pairs and synchrony keep what counts alone give."""

    def mean(name):
        return np.mean([GOODNESS[name].value(z, beta) for z in placed(counts, 5)])

    assert abs(mean("excess")) < 1e-12
    assert mean("windowed_pairs") > 0.1
    assert mean("synchrony") > 0.1 or counts == (4, 4)


@pytest.mark.parametrize("beta", [0.0, 0.4])
def test_excess_is_nothing_on_average_after_the_shuffle(beta):
    z = spikes(11, steps=8, samples=400, columns=5, m=10, share=0.4)
    layer = z.flatten(2).numpy() > 0
    drawn = [
        GOODNESS["excess"].value(in_columns(shuffled(layer, np.random.default_rng(k)), 10), beta)
        for k in range(5)
    ]
    values = torch.from_numpy(np.stack(drawn))
    error = values.std() / values.numel() ** 0.5
    assert values.mean().abs() < 4 * error
    together = z * 0
    together[3] = z.sum(0).clamp(max=1)
    assert GOODNESS["excess"].value(together, beta).mean() > 20 * error


@pytest.mark.parametrize("beta", [0.0, 0.4])
def test_excess_by_brute_force(beta):
    """Pairs of different neurons, each less what its two counts give on average."""
    z = spikes(12).numpy()
    steps, m = len(z), z.shape[3]
    weight = beta ** np.abs(np.subtract.outer(np.arange(steps), np.arange(steps)))
    expected = np.zeros(z.shape[1:3])
    for i, j in product(range(m), repeat=2):
        if i != j:
            met = np.einsum("tab,tu,uab->ab", z[..., i], weight, z[..., j])
            expected += met - z[..., i].sum(0) * z[..., j].sum(0) * weight.mean()
    np.testing.assert_allclose(GOODNESS["excess"].value(z, beta), expected / (m - 1), atol=1e-12)


def test_numpy_and_torch_agree():
    z = spikes(5)
    for name, goodness in GOODNESS.items():
        ours = goodness.value(z.numpy(), BETA)
        np.testing.assert_allclose(ours, goodness.value(z, BETA).numpy(), err_msg=name)


def test_classes_own_consecutive_columns():
    z = spikes(6).reshape(6, 3, 20)
    by_column = get_goodness("pairs").value(in_columns(z, 5), 0.0)
    owned = class_goodness(z, 5, "pairs", 0.0, classes=2)
    torch.testing.assert_close(owned[:, 1], by_column[:, 2:].mean(1))


@pytest.mark.parametrize("constraints", [0, 1, 4])
def test_constraints_count_against(constraints):
    z = spikes(6).reshape(6, 3, 20)
    by_column = get_goodness("pairs").value(in_columns(z, 5), 0.0)
    features = 4 - constraints
    expected = torch.zeros(3, dtype=z.dtype)
    if features:
        expected = expected + by_column[:, :features].mean(1)
    if constraints:
        expected = expected - by_column[:, features:].mean(1)
    torch.testing.assert_close(layer_goodness(z, 5, "pairs", 0.0, constraints), expected)


def test_unknown_goodness_names_the_known():
    known = "excess, first_spike, pairs, rate, synchrony, traces, windowed_pairs"
    with pytest.raises(UnknownNameError, match=known):
        get_goodness("agreement")
