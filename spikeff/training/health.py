"""What goes wrong in a training, named with a remedy: dead layers, samples learned by heart."""

from __future__ import annotations

import math

from spikeff.data.encoders import ENCODERS
from spikeff.learning.rules.rule import get_rule
from spikeff.training.config.schema import TrainConfig
from spikeff.training.history import EpochRecord, EpochSummary

SILENT = 0.01  # spikes per neuron and sample
SATURATED = 0.9  # share of the most that a neuron may fire
OVERFIT = 0.1  # training accuracy above validation accuracy
SURE = 3.0  # standard errors by which it must be above


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


def overfit_warning(epoch: EpochSummary, config: TrainConfig) -> str:
    """A sentence where training samples are answered far better than others; "" where not."""
    right, held = epoch.training_accuracy, epoch.validation_accuracy
    if held is None or right - held < max(OVERFIT, SURE * _standard_error(epoch)):
        return ""
    restraints = [
        f"data.input_dropout ({config.data.input_dropout:g})",
        f"learning.weight_decay ({config.learning.weight_decay:g})",
    ]
    if not ENCODERS[config.data.encoder.kind].in_steps:
        restraints.insert(0, f"data.shift ({config.data.shift})")
    return (
        f"epoch {epoch.epoch}: {100 * right:.1f} % of the training samples are right but "
        f"{100 * held:.1f} % of the validation samples: the network learns its samples by heart. "
        f"Use more samples or fewer neurons, raise {', '.join(restraints[:-1])} or "
        f"{restraints[-1]}, or stop early (--early-stop)."
    )


def _standard_error(epoch: EpochSummary) -> float:
    """Of the difference of both accuracies, as samples of this number have it by chance."""
    shares = (
        (epoch.training_accuracy, epoch.training_samples),
        (epoch.validation_accuracy or 0.0, epoch.validation_samples),
    )
    return math.sqrt(sum(p * (1 - p) / max(n, 1) for p, n in shares))


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
