"""Plasticity as Lava's own learning rule, and a connection with it as Lava's ``LearningDense``."""

from __future__ import annotations

from typing import Any

from lava_export.lava import compat as lava_compat
from spikeff.errors import LimitError
from spikeff.ir.arrays import Array
from spikeff.ir.plasticity import SHARED, Plasticity

TRACES = ("x1", "x2", "y1", "y2", "y3")


def lava_rule(rule: Plasticity, seed: int = 0) -> Any:
    """The rule as Lava takes it, with three factors or two.

    Args:
        seed: Of the random numbers of its traces.

    Raises:
        LimitError: It rounds as Lava cannot.
    """
    if rule.rounding != SHARED or rule.weight_step != 1:
        raise LimitError(
            f"plasticity: rounding = {rule.rounding!r}, weight_step = {rule.weight_step}; Lava has "
            f"{SHARED!r} and 1 alone: set these to compare with it."
        )
    lava_compat.ensure()
    from lava.magma.core.learning.learning_rule import Loihi2FLearningRule, Loihi3FLearningRule

    sums = {name: getattr(rule, name) or None for name in ("dw", "dd", "dt")}
    traces = TRACES[:2] if rule.third_factors else TRACES
    values = {f"{t}_{kind}": getattr(rule, f"{t}_{kind}") for t in traces for kind in KINDS}
    kind = Loihi3FLearningRule if rule.third_factors else Loihi2FLearningRule
    return kind(**sums, **values, t_epoch=rule.epoch, rng_seed=seed)


KINDS = ("impulse", "tau")


def learning_dense(
    rule: Plasticity,
    weights: Array,
    seed: int = 0,
    sign_mode: str = "mixed",
    weight_exp: int = 0,
    tags: int = 0,
    delays: int = 0,
) -> Any:
    """Lava's process of a plastic connection.

    Args:
        weights: Whole numbers (targets, sources), on the grid of 8 bits.
        tags: Every t at the start.
        delays: Every d at the start.
    """
    lava_compat.ensure()
    import numpy as np
    from lava.proc.dense.process import LearningDense
    from lava.utils.weightutils import SignMode

    return LearningDense(
        weights=np.asarray(weights, np.int32),
        learning_rule=lava_rule(rule, seed),
        weight_exp=weight_exp,
        num_weight_bits=8,
        sign_mode=SignMode[sign_mode.upper()],
        tag_1=np.full(weights.shape, tags),
        tag_2=np.full(weights.shape, delays),
    )
