"""The updates of a learning sample, and what they cost."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hw_targets.cost.table_registry import cost_table
from hw_targets.learning.device import Device
from hw_targets.learning.updates import engine_updates
from lava_export.plastic import forward_forward
from spikeff.pipeline.energy.measurement import TRAINING, measure
from spikeff.pipeline.on_chip.train import learner_of
from tests.spikeff.pipeline.on_chip.small import SAMPLES, trains


def test_energy_prices_the_updates_that_the_engine_made(network):
    table = cost_table("loihi1")
    _, found = measure(network, SAMPLES.head(2), [table])
    term = found.estimates[TRAINING][0].terms[-1]
    assert term.counted == "learning updates"
    counted = engine_updates(network, trains(network, SAMPLES.head(2)), SAMPLES.labels[:2])
    np.testing.assert_array_equal(term.count, counted[term.layer])
    assert (term.count > 1000).all()


def test_updates_are_those_of_a_learner_that_knows_its_mates(network, settings):
    """As many as after 300 samples, though nothing was learned from these."""
    spikes, labels = trains(network, SAMPLES), SAMPLES.labels
    counted = engine_updates(network, spikes[:, :4], labels[:4])
    learner = learner_of(network, settings, [Device()])
    full = np.full(forward_forward.TABLE, forward_forward.LARGEST)
    learner.program = replace(learner.program, wanted=full, unwanted=-full)
    start = learner.engine.state.copy()
    for k in [*range(4)] * 39:
        if k == 0:
            before = int(learner.engine.updates[0])
        for label in (labels[k], (labels[k] + 1) % 10):
            learner.learn(spikes[:, k], np.array([label]), positive=bool(label == labels[k]))
            learner.engine.state[:] = start
    (found,) = counted.values()
    assert found.shape == (4,)
    assert learner.engine.updates[0] - before == pytest.approx(found.sum(), rel=0.2)
    quiet = learner_of(network, settings, [Device()])
    quiet.learn(spikes[:, 0], labels[:1], positive=True)
    assert found[0] > 1.2 * 2 * quiet.engine.updates[0]
