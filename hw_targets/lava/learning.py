"""Lava's ``LearningDense`` driven by hand, one step after the other, in this very process."""

from __future__ import annotations

from typing import Any

import numpy as np

from hw_targets.lava.cpu import forget
from hw_targets.lava.direct import Channel, make_actor
from lava_export.lava import compat as lava_compat
from lava_export.lava.learning import learning_dense
from spikeff.ir.arrays import Array
from spikeff.ir.plasticity import Plasticity

SENT = ("s_in_y1", "s_in_y2", "s_in_y3")


class LavaLearning:
    """One device's plastic connection in Lava's fixed-point model, with the engine's own steps.

    Attributes:
        model: Lava's model, whose variables are read.
    """

    def __init__(self, rule: Plasticity, weights: Array, seed: int = 0, **more: Any) -> None:
        """See ``lava_export.lava.learning.learning_dense``."""
        lava_compat.ensure()
        from lava.proc.dense.models import PyLearningDenseModelBitApproximate

        process = learning_dense(rule, weights, seed, **more)
        names = ["s_in", "s_in_bap", *(SENT if rule.third_factors else ())]
        self._into = {name: Channel(name, np.int32, name) for name in names}
        self._out = Channel("a_out", np.int32, sender="a_out")
        model = PyLearningDenseModelBitApproximate
        self._actor = make_actor(process, model, list(self._into.values()), [self._out])
        self.model = self._actor.model
        self._steps = 0
        forget([process])

    def step(self, before: Array, after: Array, sent: Array | None = None) -> Array:
        """Take one step; see ``hw_targets.learning.engine.LearningEngine.step``.

        Args:
            before: bool (sources,).
            after: bool (targets,).
            sent: int (3, targets), with third factors.

        Returns:
            What the connection sends on in this step, the sum of the step before, (targets,).
        """
        self._steps += 1
        messages = [before, after, *(sent if sent is not None else ())]
        for channel, message in zip(self._into.values(), messages, strict=True):
            channel.messages.append(np.asarray(message, np.int32))
        assert self._actor.step(self._steps)
        if self.model.lrn_guard():
            self.model.run_lrn()
        return self._out.messages.popleft()
