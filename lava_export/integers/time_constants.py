"""Time constants of 12-bit decays."""

from __future__ import annotations

import math

from lava_export.chips import limits


def time_constant(dt: float, decay: int) -> float:
    """Seconds after which the register keeps as little as ``dt / tau = decay / 4096`` says."""
    return dt * limits.DECAY_UNITY / decay if decay else math.inf
