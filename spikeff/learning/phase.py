"""Awake and asleep: which presentations a batch learns from."""

from __future__ import annotations

from enum import Enum


class Phase(Enum):
    """Positives and negatives in one batch, or one of them alone."""

    BOTH = "positives and negatives"
    AWAKE = "positives"
    ASLEEP = "negatives"
