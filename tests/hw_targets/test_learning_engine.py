"""What the engine counts, and the numbers that it computes with."""

from __future__ import annotations

import numpy as np
import pytest

from hw_targets.learning.engine import LearningEngine
from hw_targets.learning.terms import terms
from lava_export.plastic.forward_forward import RULE, ZERO
from spikeff.ir.plasticity import Plasticity


@pytest.mark.parametrize("tagged", [0, 1])
def test_synapses_without_tags_are_worked_on_too(tagged):
    """Only tags count for y3, and those of most sources are 0."""
    engine = LearningEngine(RULE, np.zeros((1, 4, 3)), delays=128)
    engine.state[0, 1, :tagged] = 9
    after = np.array([[True, False, True, False]])
    sent = np.full((1, 3, 4), ZERO)
    sent[:, 1], sent[:, 2] = 0, ZERO + 20
    engine.step(np.zeros((1, 3), bool), after, sent)
    assert engine.updates[0] == 2 * 3
    assert ((engine.delays[0] != 128).sum(axis=0) == [2 * tagged, 0, 0]).all()


@pytest.mark.parametrize(
    ("rule", "wanted"), [("x0 * w * t * y1", np.float64), ("x0 * w * y1", np.float32)]
)
def test_products_are_computed_in_floats_that_hold_them(rule, wanted):
    found = terms(Plasticity(dw=rule))
    assert found.scale.dtype == found.left.dtype == wanted
