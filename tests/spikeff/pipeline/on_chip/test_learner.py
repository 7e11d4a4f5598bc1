"""What an emulated chip computes while it learns, and on which device."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hw_targets.learning.device import Device
from hw_targets.registry import get_target
from lava_export.plastic import forward_forward
from spikeff.data.labels import present_all_labels
from spikeff.pipeline import silent
from spikeff.pipeline.on_chip.epoch import learn_epoch, own_wrong
from spikeff.pipeline.on_chip.train import learner_of
from spikeff.pipeline.run.parts import run_network
from tests.spikeff.pipeline.on_chip.small import SAMPLES, trains


@pytest.mark.parametrize("device", [{}, {"seed": 5, "mismatch": 0.2, "dead": 0.1, "drift": 0.5}])
def test_neurons_that_learn_spike_as_on_the_target(network, settings, device):
    learner = learner_of(network, settings, [Device(**device)])
    spikes = trains(network, SAMPLES.head(3))
    target = get_target("device", device) if device else get_target("emulator")
    expected = target.run(network, present_all_labels(spikes, network.labels)).trace
    layer = expected.window(network.steps).spikes["layer1"]
    assert layer.any()
    for sample in range(3):
        for label in range(10):
            learner.answer(spikes[:, sample], np.array([label]))
            np.testing.assert_array_equal(learner.spikes, layer[:, 10 * sample + label])


def test_coincidences_are_the_goodness_that_the_readout_finds(network, settings):
    learner = learner_of(network, settings, [Device()])
    spikes = trains(network, SAMPLES.head(4))
    found = [
        [int(learner.answer(spikes[:, k], np.array([c]))[0]) for c in range(10)] for k in range(4)
    ]
    unit = network.steps * 9 * 4
    scores = run_network(network, "emulator", SAMPLES.head(4), silent).answers.scores
    np.testing.assert_allclose(np.array(found) / unit, scores, atol=1e-12)


@pytest.mark.parametrize("positive", [True, False])
def test_goodness_rises_for_positives_and_falls_for_negatives(network, settings, positive):
    learner = learner_of(network, settings, [Device()])
    theta = 8.0 if positive else 0.2
    learner.program = forward_forward.program(network, theta, 10.0, 1 / 128)
    spikes, labels = trains(network, SAMPLES.head(8)), SAMPLES.labels[:8]

    def goodness():
        return sum(learner.answer(spikes[:, k], labels[k : k + 1])[0] for k in range(8))

    before = goodness()
    for k in [*range(8)] * 8:
        learner.learn(spikes[:, k], labels[k : k + 1], positive)
    assert (goodness() > 1.2 * before) if positive else (goodness() < 0.8 * before)
    assert not (learner.learned() % 2).any()
    assert learner.engine.updates[0] > 1000


def test_a_wrong_label_is_wrong_and_the_chips_own(network, settings):
    learner = learner_of(network, settings, [Device(), Device()])
    pixels = trains(network, SAMPLES.head(1))[:, 0]
    goodness = [learner.answer(pixels, np.full(2, c))[0] for c in range(10)]
    goodness[3] = -1
    wrong = own_wrong(learner, pixels, np.array([3, 3]), 9, np.random.default_rng(0))
    assert [goodness[label] for label in wrong] == [max(goodness)] * 2
    for seed in range(20):
        drawn = own_wrong(learner, pixels, np.array([3, 3]), 1, np.random.default_rng(seed))
        assert 3 not in drawn


def test_dropout_silences_the_same_channels_in_all_passes_of_a_sample(network, settings):
    learner, shown = learner_of(network, settings, [Device()]), []

    def seen(inner):
        return lambda pixels, *rest: shown.append(pixels.any(axis=0)) or inner(pixels, *rest)

    learner.answers, learner.learn = seen(learner.answers), seen(learner.learn)
    samples = SAMPLES.head(6)
    learn_epoch(learner, samples, np.random.default_rng(0), 9, dropout=0.4)
    passes = np.array(shown).reshape(6, 3, -1)
    assert (passes == passes[:, :1]).all()
    whole = trains(network, samples).any(axis=0)[np.random.default_rng(0).permutation(6)]
    assert not (passes[:, 0] & ~whole).any()
    assert 0.45 < passes[:, 0].sum() / whole.sum() < 0.75


@pytest.mark.parametrize("least", [0.5, 0.6])
def test_presentations_with_little_to_learn_are_left_out(network, settings, least, monkeypatch):
    learner, learned = learner_of(network, settings, [Device()]), []
    learner.program = program = forward_forward.program(network, 0.5, 10.0, 1 / 128)
    inner = learner.learn

    def seen(pixels, labels, positive, weights):
        learned.append(program.modulation(learner.answer(pixels, labels), positive)[0])
        return inner(pixels, labels, positive, weights)

    monkeypatch.setattr(learner, "learn", seen)
    learn_epoch(learner, SAMPLES, np.random.default_rng(0), 9, least=least)
    assert 0 < len(learned) < 2 * len(SAMPLES)
    assert min(map(abs, learned)) >= least * program.largest


def test_dead_neurons_learn_nothing(network, settings):
    device = Device(dead=0.5)
    learner = learner_of(network, settings, [device])
    spikes = trains(network, SAMPLES.head(8))
    for k in [*range(8)] * 8:
        learner.learn(spikes[:, k], SAMPLES.labels[k : k + 1], positive=True)
    dead = np.isinf(device.thresholds("layer1", 40, 1.0))
    changed = (learner.learned() != network.connections[0].weights).any(axis=1)
    assert not changed[dead].any()
    assert changed[~dead].any()


def test_a_device_drifts_while_it_learns(network, settings):
    """At the end it is the device of that drift, at the beginning the one of none."""
    device = Device(seed=3, mismatch=0.2, drift=0.6)
    learner = learner_of(network, settings, [device])
    pixels = trains(network, SAMPLES.head(1))[:, 0]
    shown = []
    for share, drift in ((0.0, 0.0), (0.5, 0.3), (1.0, 0.6)):
        learner.age(share)
        fixed = learner_of(network, settings, [replace(device, drift=drift)])
        for each in (learner, fixed):
            each.answer(pixels, np.array([1]))
        np.testing.assert_array_equal(learner.spikes, fixed.spikes)
        shown.append(learner.spikes.copy())
    assert (shown[0] != shown[2]).any()
