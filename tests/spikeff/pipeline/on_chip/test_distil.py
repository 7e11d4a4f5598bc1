"""Teaching: a student learns from answers alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hw_targets.learning.device import Device
from lava_export.integers.file import load_integer_network
from lava_export.plastic import forward_forward
from spikeff.pipeline import silent
from spikeff.pipeline.on_chip.distil import SHARPNESS, distil, soft_labels
from spikeff.pipeline.on_chip.epoch import learn_epoch
from spikeff.pipeline.on_chip.train import learner_of
from spikeff.pipeline.run.parts import run_network
from tests.spikeff.pipeline.on_chip.small import SAMPLES


def test_students_learn_from_answers_alone(config, tmp_path):
    out = tmp_path / "student.safetensors"
    given = {"config": config, "samples": 10, "test_samples": 10, "epochs": 1}
    found = distil("zoo:digits", out, **given, students=2, device={"mismatch": 0.2})
    assert len(found.accuracies) == 2
    assert found.mean == pytest.approx(np.mean(found.accuracies))
    assert found.teacher_accuracy > 0.8
    assert load_integer_network(out).connections[0].plasticity == forward_forward.RULE


def test_a_teacher_is_as_sure_of_a_label_as_its_goodness_says(network):
    scores = run_network(network, "emulator", SAMPLES.head(3), silent).answers.scores
    odds = np.exp(SHARPNESS * scores)
    expected = odds / odds.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(soft_labels(network, SAMPLES.head(3)), expected)


def test_a_student_sees_no_true_label(network, settings):
    """It learns the same from a teacher where all labels are hidden."""
    beliefs = np.random.default_rng(1).dirichlet(np.full(10, 0.2), 8)
    hidden = replace(SAMPLES.head(8), labels=np.full(8, 3))
    learned = []
    for samples, sure in ((SAMPLES.head(8), beliefs), (hidden, beliefs), (hidden, None)):
        learner = learner_of(network, settings, [Device()])
        learn_epoch(learner, samples, np.random.default_rng(0), 3, beliefs=sure)
        learned.append(learner.engine.state.copy())
    np.testing.assert_array_equal(learned[0], learned[1])
    assert (learned[1] != learned[2]).any()
