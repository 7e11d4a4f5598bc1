"""Layers that fell silent or saturate: found by their firing, named with a remedy."""

from __future__ import annotations

from spikeff.learning.rules.rule import get_rule
from spikeff.training.config.schema import TrainConfig
from spikeff.training.trainer import EpochRecord

SILENT = 0.01  # spikes per neuron and sample
SATURATED = 0.9  # share of the most that a neuron may fire


def activity_warnings(record: EpochRecord, config: TrainConfig) -> list[str]:
    """One sentence for each layer whose spikes can no longer tell samples apart; [] where none.

    A layer that hardly fires has no coincidences to learn from, and a neuron that always fires its
    most tells nothing by firing: both learn little from then on.
    """
    steps = config.data.steps
    warnings = []
    for depth, (firing, layer) in enumerate(zip(record.firing, config.layers, strict=True)):
        most = min(layer.spike_limit or steps, steps) / steps
        name = f"epoch {record.epoch}, layer {depth + 1}"
        if firing * steps < SILENT:
            warnings.append(
                f"{name} is silent: {firing * steps:.2g} spikes per neuron and sample. Raise "
                f"initial_firing ({layer.initial_firing:g}), or lower "
                f"{_remedies_for_silence(config, depth)}."
            )
        elif firing > SATURATED * most:
            restraint = _homeostasis(config, depth)
            warnings.append(
                f"{name} is saturated: {firing * steps:.2g} spikes per neuron and sample of "
                f"{most * steps:g} possible. Lower initial_firing ({layer.initial_firing:g}) or "
                f"learning_rate ({config.learning.learning_rate:g})"
                + (f", or raise {restraint}." if restraint else ".")
            )
    return warnings


def _remedies_for_silence(config: TrainConfig, depth: int) -> str:
    """The settings of the configuration that keep a layer from firing."""
    settings = [f"learning_rate ({config.learning.learning_rate:g})"]
    theta = getattr(config.objective, "theta", None)
    if theta is not None:
        settings.append(f"theta ({theta:g})")
    restraint = _homeostasis(config, depth)
    *others, last = settings + ([restraint] if restraint else [])
    return f"{', '.join(others)} or {last}" if others else last


def _homeostasis(config: TrainConfig, depth: int) -> str:
    """The homeostasis of a layer; "" where the rule has none."""
    if not get_rule(config.learning.rule.kind).local:
        return ""
    settings = config.layers[depth].homeostasis
    return f"homeostasis ({settings.strength if settings else 0.0:g})"
