"""Layers that fell silent or saturate: found by their firing, named with a remedy."""

from __future__ import annotations

from spikeff.training.config.schema import TrainConfig
from spikeff.training.trainer import EpochRecord

SILENT = 0.01  # spikes per neuron and sample
SATURATED = 0.9  # share of the most that a neuron may fire


def activity_warnings(record: EpochRecord, config: TrainConfig) -> list[str]:
    """One sentence for each layer whose spikes can no longer tell samples apart; [] where none.

    A layer that hardly fires has no coincidences to learn from, and a neuron that always fires its
    most tells nothing by firing: both learn little from then on.
    """
    steps = config.steps
    most = min(config.spike_limit or steps, steps) / steps
    warnings = []
    for depth, firing in enumerate(record.firing):
        name = f"epoch {record.epoch}, layer {depth + 1}"
        if firing * steps < SILENT:
            warnings.append(
                f"{name} is silent: {firing * steps:.2g} spikes per neuron and sample. Raise "
                f"initial_firing ({config.initial_firing:g}), or lower learning_rate "
                f"({config.learning_rate:g}), theta ({config.theta:g}) or homeostasis "
                f"({config.homeostasis:g})."
            )
        elif firing > SATURATED * most:
            warnings.append(
                f"{name} is saturated: {firing * steps:.2g} spikes per neuron and sample of "
                f"{most * steps:g} possible. Lower initial_firing ({config.initial_firing:g}) or "
                f"learning_rate ({config.learning_rate:g}), or raise homeostasis "
                f"({config.homeostasis:g})."
            )
    return warnings
