"""What published thresholds say of a network's spikes per synapse."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hw_targets.beside.spikes_per_synapse import Threshold


def verdicts(spikes: float) -> tuple[tuple[str, Threshold], ...]:
    """Every threshold, and whether so many spikes per synapse are below, within or above it."""
    from hw_targets.beside.spikes_per_synapse import THRESHOLDS, verdict

    return tuple((verdict(spikes, threshold), threshold) for threshold in THRESHOLDS)
