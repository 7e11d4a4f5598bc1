"""The Forward-Forward rule beside Lava's LearningDense, sample by sample."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hw_targets.lava.learning import LavaLearning
from hw_targets.lava.learning_graph import run_learning
from hw_targets.learning.device import Device
from hw_targets.learning.forward_forward import ChipLearner
from lava_export.lava.forward_forward.graph import learning_graph
from lava_export.plastic import forward_forward
from spikeff.data.labels import present
from spikeff.ir.plasticity import SHARED
from tests.spikeff.pipeline.on_chip.small import SAMPLES, trains


@pytest.mark.slow
def test_weights_are_those_of_lavas_learning_dense_after_each_of_50_samples(network, settings):
    """Lava draws one number for a matrix, and keeps learned weights in steps of 1."""
    rule = replace(forward_forward.RULE, rounding=SHARED, weight_step=1)
    first, *others = network.connections
    shared = replace(network, connections=(replace(first, plasticity=rule), *others))
    program = forward_forward.program(shared, 1.0, 10.0, 1 / 128)
    learner = ChipLearner(shared, program, [Device()], [5])
    lava = LavaLearning(rule, first.weights, 5, delays=forward_forward.DELAY_ZERO)
    step = learner.engine.step

    def both(before, after, sent):
        step(before, after, sent)
        lava.step(before[0], after[0], sent[0])

    learner.engine.step = both
    spikes, rng = trains(network, SAMPLES), np.random.default_rng(0)
    for k in range(50):
        label = SAMPLES.labels[k % 30] if k % 2 else rng.integers(10)
        learner.learn(spikes[:, k % 30], np.array([label]), positive=bool(k % 2))
        np.testing.assert_array_equal(learner.learned(), lava.model.weights)
        np.testing.assert_array_equal(learner.engine.tags[0], lava.model.tag_1)
        np.testing.assert_array_equal(learner.engine.delays[0], lava.model.tag_2)
    assert np.count_nonzero(learner.learned() != first.weights) > 500


def test_a_graph_of_lava_processes_learns_the_same_weights(network, settings):
    """Stock LearningDense, and neurons that compute all they send, after each of 52 samples."""
    rule = replace(forward_forward.RULE, rounding=SHARED, weight_step=1)
    first, *others = network.connections
    shared = replace(network, connections=(replace(first, plasticity=rule), *others))
    program = forward_forward.program(shared, 1.0, 10.0, 1 / 128)
    pixels, rng = trains(network, SAMPLES), np.random.default_rng(2)
    labels, positive = rng.integers(10, size=52), rng.random(52) < 0.5
    shown = [present(pixels[:, [k % 30]], labels[[k]], network.labels)[:, 0] for k in range(52)]
    graph = learning_graph(shared, program, np.array(shown), positive, 5)
    learner = ChipLearner(shared, program, [Device()], [5])
    for k, theirs in enumerate(run_learning(graph)):
        learner.learn(pixels[:, k % 30], labels[[k]], bool(positive[k]))
        np.testing.assert_array_equal(learner.learned(), theirs)
    assert np.count_nonzero(learner.learned() != first.weights) > 500
