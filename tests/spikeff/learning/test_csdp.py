"""Contrastive-signal-dependent plasticity, against its definition step by step."""

import math

import pytest
import torch

from spikeff.errors import ConfigError
from spikeff.learning.objectives.objective import Judgement
from spikeff.learning.rules.csdp import CSDP, spike_traces
from spikeff.learning.rules.rule import get_rule
from spikeff.nn.layer import SpikingLayer
from spikeff.nn.neurons.lif import LIFConstants
from spikeff.nn.population import GoodnessSpec
from spikeff.nn.presented import LayerRun

CONSTANTS = LIFConstants(0.004, 0.003, 1.0, 1e-3, None)
STEPS, NEURONS, COLUMN = 6, 20, 5
TAU = 3e-3


def layer_of(homeostasis=0.0):
    spec, generator = GoodnessSpec("rate", 0.0, 2.0), torch.Generator().manual_seed(0)
    return SpikingLayer(
        8, NEURONS, COLUMN, CONSTANTS, spec, 5.0, homeostasis, 0.01, 0, generator
    ).double()


def run_of(layer, samples=3, seed=1, rate=0.3):
    generator = torch.Generator().manual_seed(seed)
    spikes = (torch.rand(STEPS, samples, NEURONS, generator=generator) < rate).double()
    psi = torch.rand(spikes.shape, generator=generator).double()
    return LayerRun(0, layer, spikes, psi, spikes)


def learned(run, signal, theta=4.0, share=1.0):
    (result,) = CSDP(theta, TAU).learn(iter([run]), lambda runs: [Judgement(signal)], share)
    return result.drive_error


def by_hand(run, up, theta=4.0):
    """One step after the other, traces as numbers; ``up`` says of each column what is wanted."""
    spikes, error = run.spikes, torch.zeros_like(run.spikes)
    for sample in range(spikes.shape[1]):
        trace = [0.0] * NEURONS
        for step in range(STEPS):
            fired = spikes[step, sample].tolist()
            trace = [
                1.0 if s else math.exp(-1e-3 / TAU) * t for s, t in zip(fired, trace, strict=True)
            ]
            for j in range(NEURONS):
                wanted = up[sample][j // COLUMN]
                total = sum(t * t for k, t in enumerate(trace) if up[sample][k // COLUMN] == wanted)
                likely = 1 / (1 + math.exp(theta - total))
                error[step, sample, j] = 2 * (float(wanted) - likely) * trace[j]
    return error / spikes.shape[1]


def test_a_spike_sets_the_trace_to_one_and_it_decays():
    spikes = torch.tensor([0.0, 1, 0, 0, 1, 1, 0])[:, None, None]
    traces = spike_traces(spikes, 0.5).flatten().tolist()
    assert traces == [0.0, 1.0, 0.5, 0.25, 1.0, 1.0, 0.5]
    assert spikes.flatten().tolist() == [0.0, 1, 0, 0, 1, 1, 0]


def test_positives_and_negatives_are_judged_by_the_traces_of_the_whole_layer():
    run = run_of(layer_of())
    signal = torch.tensor([[1.0], [-1.0], [1.0]]).repeat(1, NEURONS // COLUMN).double()
    wanted = by_hand(run, [[True] * 4, [False] * 4, [True] * 4])
    torch.testing.assert_close(learned(run, signal), wanted)
    torch.testing.assert_close(learned(run, 1e-3 * signal), wanted)
    torch.testing.assert_close(learned(run, signal, share=0.25), wanted / 4)


def test_columns_that_are_pushed_apart_are_judged_apart():
    run = run_of(layer_of())
    up = [[True, False, False, False], [False, False, True, False], [True, True, False, False]]
    signal = torch.tensor(up).double() * 2 - 1
    torch.testing.assert_close(learned(run, signal), by_hand(run, up))


def test_no_signal_teaches_nothing_and_neurons_that_never_spiked_learn_nothing():
    run = run_of(layer_of(), rate=0.05)
    signal = torch.ones(3, NEURONS // COLUMN).double()
    silent = run.spikes.sum(0) == 0
    error = learned(run, signal)
    assert silent.any()
    assert not error[:, silent].any()
    assert error[:, ~silent].any()
    assert not learned(run, 0 * signal).any()


def test_the_goodness_of_traces_is_what_the_rule_sums():
    run = run_of(layer_of())
    decay = math.exp(-1e-3 / TAU)
    spec = GoodnessSpec("traces", decay, 1.0)
    layer = SpikingLayer(
        8, NEURONS, COLUMN, CONSTANTS, spec, 5.0, 0.0, 1.0, 0, torch.Generator().manual_seed(0)
    )
    squares = spike_traces(run.spikes, decay).square().sum((0, 2)) / (COLUMN - 1)
    torch.testing.assert_close(layer.column_goodness(run.spikes).sum(1), squares)


def test_homeostasis_holds_neurons_back():
    signal = torch.ones(3, NEURONS // COLUMN).double()
    free, held = (run_of(layer_of(strength)) for strength in (0.0, 7.0))
    less = learned(free, signal) - learned(held, signal)
    rate = held.spikes.mean((0, 1))
    wanted = held.psi * (rate - 0.01).clamp(min=0) * (7.0 / (STEPS * 3 * NEURONS))
    torch.testing.assert_close(less, wanted)


def test_an_objective_without_goodness_is_refused():
    run = run_of(layer_of())
    with pytest.raises(ConfigError, match="backprop"):
        learned(run, None)


@pytest.mark.parametrize("preset", ["digits", "digits-columns"])
def test_digits_are_learned_by_configuration(preset, small_config, make_trainer):
    fields = {"learning_rule": "csdp", "goodness": "rate", "spike_limit": None}
    trainer = make_trainer(small_config(preset, **fields))
    assert isinstance(trainer.rule, get_rule("csdp"))
    before = [weight.clone() for weight in trainer.network.weight_parts(0)]
    gaps = [trainer.train_epoch().goodness_gap[0] for _ in range(3)]
    for old, new in zip(before, trainer.network.weight_parts(0), strict=True):
        assert not torch.equal(old, new)
    assert gaps[-1] > gaps[0]
