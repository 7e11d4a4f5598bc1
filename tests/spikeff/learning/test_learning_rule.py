import pytest
import torch

from spikeff.errors import UnknownNameError
from spikeff.ir.goodness import GOODNESS, in_columns
from spikeff.learning.optim import LocalAdam
from spikeff.learning.rules.rule import get_rule
from spikeff.nn.layer import SpikingLayer
from spikeff.nn.neurons.lif import LIFConstants, lif_run_with_surrogate, synaptic_trace
from spikeff.nn.population import GoodnessSpec
from spikeff.nn.presented import LayerRun
from spikeff.nn.spike_events import weight_change

CONSTANTS = LIFConstants(0.004, 0.003, 1.0, 1e-3, 1)


def make_layer(seed, goodness="windowed_pairs"):
    generator = torch.Generator().manual_seed(seed)
    layer = SpikingLayer(
        30, 20, 5, CONSTANTS, GoodnessSpec(goodness, 0.3, 2.0), 5.0, 0.0, 1.0, 0, generator
    )
    layer.weight.mul_(6.0)
    return layer


def make_spikes(seed):
    generator = torch.Generator().manual_seed(seed)
    return (torch.rand(8, 12, 30, generator=generator) < 0.2).float()


def drive_error(rule, layer, error, spikes):
    return get_rule(rule)().drive_error(error, LayerRun(0, layer, spikes, spikes, spikes))


def test_change_is_the_sum_over_steps_and_samples():
    """The three factors written out, one synapse at a time."""
    layer, x = make_layer(0), make_spikes(1)
    spikes, psi = lif_run_with_surrogate(layer.drive(x), CONSTANTS, layer.slope)
    push = torch.linspace(-1, 1, 12)[:, None].repeat(1, 4)
    error = layer.error(spikes, psi, push)
    change = weight_change(drive_error("three_factor", layer, error, spikes), x)
    slope = GOODNESS["windowed_pairs"].derivative(in_columns(spikes, 5), 0.3).reshape(8, 12, 20)
    trace = synaptic_trace(x, CONSTANTS)
    for j, i in [(0, 0), (7, 13), (19, 29)]:
        by_hand = sum(
            push[b, 0] * 2.0 * slope[t, b, j] * psi[t, b, j] * trace[t, b, i]
            for t in range(8)
            for b in range(12)
        )
        torch.testing.assert_close(change[j, i], by_hand, rtol=1e-4, atol=1e-6)


def test_a_positive_modulation_raises_goodness_and_a_negative_one_lowers_it():
    for sign in (1.0, -1.0):
        layer, x = make_layer(2), make_spikes(3)
        before = layer.column_goodness(layer(x)).mean()
        optimiser = LocalAdam([(layer.weight, 1.0)])
        for _ in range(20):
            spikes, psi = lif_run_with_surrogate(layer.drive(x), CONSTANTS, layer.slope)
            error = layer.error(spikes, psi, torch.full((12, 4), sign))
            change = weight_change(drive_error("three_factor", layer, error, spikes), x)
            optimiser.ascend([change], 0.01)
        after = layer.column_goodness(layer(x)).mean()
        assert sign * (after - before) > 0.05 * before


def test_modulation_reaches_only_its_columns():
    layer, x = make_layer(4), make_spikes(5)
    spikes, psi = lif_run_with_surrogate(layer.drive(x), CONSTANTS, layer.slope)
    push = torch.zeros(12, 4)
    push[:, 2:] = 1.0
    error = layer.error(spikes, psi, push)
    assert error[..., :10].abs().max() == 0
    assert error[..., 10:].abs().max() > 0


def autograd_change(layer, x, constants, push):
    """The layer's gradient through time by torch's own autograd, reset detached as in Norse."""
    weight = layer.weight.detach().double().requires_grad_()
    drive = x.double() @ weight.t()
    spikes, psi = lif_run_with_surrogate(drive.detach(), constants, layer.slope)
    slope = layer.error(spikes, psi, push.double())
    current = potential = torch.zeros_like(drive[0])
    total = torch.zeros((), dtype=torch.float64)
    for step in range(len(x)):
        current = current + drive[step]
        potential = potential + constants.dv * (current - potential)
        total = total + (slope[step] * potential).sum()
        potential = potential * (1 - spikes[step])
        current = current * (1 - constants.du)
    total.backward()
    return weight.grad, slope, spikes


@pytest.mark.parametrize("limit", [1, 2, None])
def test_surrogate_gradient_is_the_gradient_through_time(limit):
    constants = LIFConstants(0.004, 0.003, 1.0, 1e-3, limit)
    layer, x = make_layer(11), make_spikes(12)
    layer.constants = constants
    push = torch.randn(12, 4, generator=torch.Generator().manual_seed(13))
    expected, error, spikes = autograd_change(layer, x, constants, push)
    change = weight_change(drive_error("surrogate_gradient", layer, error, spikes), x.double())
    assert expected.abs().max() > 0.1
    torch.testing.assert_close(change, expected)
    local = weight_change(drive_error("three_factor", layer, error, spikes), x.double())
    if limit == 1:
        torch.testing.assert_close(local, expected)
    else:
        assert not torch.allclose(local, expected)
        assert torch.cosine_similarity(local.flatten(), expected.flatten(), 0) > 0.8


def test_unknown_rule_names_the_known():
    with pytest.raises(
        UnknownNameError,
        match="backprop, csdp, predictive_ff, running_excess, surrogate_gradient, three_",
    ):
        get_rule("stdp")


def test_nothing_builds_a_graph():
    layer, x = make_layer(6), make_spikes(7)
    assert not layer.weight.requires_grad
    assert layer(x).grad_fn is None


def test_adam_is_torchs_adam():
    weight = torch.randn(6, 5, generator=torch.Generator().manual_seed(8))
    reference = torch.nn.Parameter(weight.clone())
    theirs = torch.optim.AdamW([reference], lr=0.01, weight_decay=0.1)
    ours = LocalAdam([(weight, 1.0)], weight_decay=0.1)
    generator = torch.Generator().manual_seed(9)
    for _ in range(25):
        change = torch.randn(6, 5, generator=generator)
        reference.grad = -change
        theirs.step()
        ours.ascend([change], 0.01)
    torch.testing.assert_close(weight, reference.detach())


def test_gain_acts_like_larger_spikes():
    """A channel with gain g and weight g w learns as weight w fed spikes of size g."""
    generator = torch.Generator().manual_seed(10)
    plain = torch.randn(3, 4, generator=generator).t()
    gain = torch.tensor([1.0, 3.0, 3.0])
    scaled = (plain * gain).t().contiguous().t()
    folded = LocalAdam([(scaled[:, :1], 1.0), (scaled[:, 1:], 3.0)], weight_decay=0.3)
    bare = LocalAdam([(plain, 1.0)], weight_decay=0.3)
    for _ in range(10):
        change = torch.randn(4, 3, generator=generator)
        folded.ascend([change[:, :1], change[:, 1:]], 0.01)
        bare.ascend([change], 0.01)
    torch.testing.assert_close(scaled, plain * gain)


def test_parts_with_gaps_in_memory_are_refused():
    with pytest.raises(ValueError, match="leaves gaps"):
        LocalAdam([(torch.zeros(4, 3)[:, :2], 1.0)])
