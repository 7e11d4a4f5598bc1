"""The online form of the excess of coincidences: its average is a running trace of the mates."""

from types import SimpleNamespace

import pytest
import torch

from spikeff.errors import ConfigError
from spikeff.ir.goodness import GOODNESS, in_columns
from spikeff.learning.objectives.objective import Judgement
from spikeff.learning.rules.running_excess import RunningExcess
from spikeff.learning.rules.three_factor import ThreeFactor
from spikeff.nn.layer import SpikingLayer
from spikeff.nn.neurons.lif import LIFConstants
from spikeff.nn.population import GoodnessSpec
from spikeff.nn.presented import LayerRun

CONSTANTS = LIFConstants(0.004, 0.003, 1.0, 1e-3, None)
STEPS, NEURONS, COLUMN = 6, 20, 5


def layer_of(goodness="excess", beta=0.0):
    spec, generator = GoodnessSpec(goodness, beta, 2.0), torch.Generator().manual_seed(0)
    return SpikingLayer(8, NEURONS, COLUMN, CONSTANTS, spec, 5.0, 0.0, 1.0, 0, generator)


def network_of(*layers):
    return SimpleNamespace(stack=layers, weight_parts=lambda depth: [layers[depth].weight])


def started(layer, **settings):
    rule = RunningExcess(**settings)
    rule.start(network_of(layer))
    return rule


def run_of(layer, samples, seed, rate=0.3):
    generator = torch.Generator().manual_seed(seed)
    spikes = (torch.rand(STEPS, samples, NEURONS, generator=generator) < rate).float()
    psi = torch.rand(spikes.shape, generator=generator)
    return LayerRun(0, layer, spikes, psi, spikes)


def exact(run):
    return GOODNESS["excess"].derivative(in_columns(run.spikes, COLUMN), 0.0)


def error_of(rule, run):
    push = torch.linspace(-1.0, 1.0, run.spikes.shape[1])[:, None].repeat(1, NEURONS // COLUMN)
    (learned,) = rule.learn(iter([run]), lambda runs: [Judgement(push)], 1.0)
    return learned.drive_error


def test_one_sample_again_and_again_is_learned_as_by_the_exact_average():
    layer = layer_of()
    rule, run = started(layer, average_steps=3.0), run_of(layer, 1, 1)
    first = error_of(rule, run)
    for _ in range(12):
        last = error_of(rule, run)
    wanted = error_of(ThreeFactor(), run)
    torch.testing.assert_close(last, wanted, rtol=1e-4, atol=1e-5)
    assert (first - wanted).abs().max() > 0.01


def test_on_stationary_input_the_trace_is_the_mean_of_the_exact_averages():
    """Over independent spikes of rate 0.3 every average has the same mean."""
    layer = layer_of()
    rule = started(layer, average_steps=3000.0)
    for seed in range(300):
        rule.slope(run_of(layer, 30, seed))
    expected = 2 / (COLUMN - 1) * (COLUMN - 1) * 0.3
    average = rule.averages["layer1"]
    torch.testing.assert_close(average, torch.full((NEURONS,), expected), rtol=0.05, atol=0.0)
    run = run_of(layer, 4000, 999)
    assert rule.slope(run).mean((0, 1)).abs().max() < 0.03
    assert exact(run).mean((0, 1)).abs().max() < 1e-6


def test_the_slope_is_mates_less_the_trace_as_it_was_before():
    layer = layer_of()
    rule, run = started(layer), run_of(layer, 3, 2)
    before = torch.arange(NEURONS) / 7
    rule.averages["layer1"].copy_(before)
    slope = rule.slope(run).reshape(run.spikes.shape)
    z = run.spikes
    column = slice(10, 15)
    mates = z[2, 1, column].sum() - z[2, 1, 13]
    assert slope[2, 1, 13].item() == pytest.approx((mates / 2 - before[13]).item(), abs=1e-6)


def test_the_trace_forgets_by_presented_steps():
    """Twice as many presentations at once move it as far as two batches of half of them."""
    layer = layer_of()
    run = run_of(layer, 10, 3)
    halves = started(layer, average_steps=40.0)
    twice = LayerRun(0, layer, run.spikes.repeat(1, 2, 1), run.psi.repeat(1, 2, 1), run.incoming)
    whole = started(layer, average_steps=40.0)
    for _ in range(2):
        halves.slope(run)
    whole.slope(twice)
    torch.testing.assert_close(halves.averages, whole.averages)
    kept = 1 - torch.tensor(-2 * 10 * STEPS / 40).exp()
    mates = GOODNESS["pairs"].derivative(in_columns(run.spikes, COLUMN), 0.0).mean((0, 1))
    torch.testing.assert_close(whole.averages["layer1"], kept * mates.reshape(-1))


def test_what_has_not_been_presented_yet_plays_no_part():
    """The slope of a step is the same whatever comes later: it knows the past only."""
    layer = layer_of()
    run = run_of(layer, 5, 4)
    late = run.spikes.clone()
    late[-1] = 1 - late[-1]
    other = LayerRun(0, layer, late, run.psi, late)
    slopes = [started(layer).slope(each)[:-1] for each in (run, other)]
    assert torch.equal(*slopes)
    assert not torch.equal(exact(run)[:-1], exact(other)[:-1])


@pytest.mark.parametrize(("goodness", "beta"), [("pairs", 0.0), ("excess", 0.5)])
def test_other_goodness_is_refused_by_name(goodness, beta):
    with pytest.raises(ConfigError, match=rf"'running_excess': layer 2 has goodness '{goodness}'"):
        RunningExcess().start(network_of(layer_of(), layer_of(goodness, beta)))


def test_its_state_is_in_the_checkpoint_by_layer():
    rule = RunningExcess()
    rule.start(network_of(layer_of(), layer_of()))
    assert {name: t.shape for name, t in rule.state().items()} == {
        "layer1": (NEURONS,),
        "layer2": (NEURONS,),
    }
