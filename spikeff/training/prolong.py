"""Longer than planned, or from weights that were learned before."""

from __future__ import annotations

from pathlib import Path

import torch

from spikeff.errors import ConfigError
from spikeff.nn.delay_settings import DelaySettings
from spikeff.nn.graph.builder import projections_of
from spikeff.training.config.schema import TrainConfig
from spikeff.training.settings import CONSTANT
from spikeff.training.stored import read_stored
from spikeff.training.trainer import Trainer


def prolong(trainer: Trainer, epochs: int) -> None:
    """Let the plan have ``epochs`` epochs; the learning rate never rises again.

    The schedule is laid anew over the whole plan, but its factor stays at or below what it had
    come down to: a constant rate goes on, a cosine that was at its end stays there, near 0.

    Raises:
        ConfigError: More epochs are done already.
    """
    schedule = trainer.config.schedule
    if epochs == schedule.epochs:
        return
    if epochs < trainer.epochs_done:
        raise ConfigError(
            f"epochs = {epochs}: the run has learned {trainer.epochs_done} epochs already, and "
            f"cannot be resumed to fewer."
        )
    if trainer.batches_done:
        trainer.rate_cap = trainer.rate_factor(trainer.epochs_done, trainer.batches_done - 1)
    elif trainer.epochs_done:
        trainer.rate_cap = trainer.rate_factor(trainer.epochs_done - 1, trainer.batches - 1)
    trainer.prolonged_at = trainer.epochs_done
    longer = schedule.model_copy(update={"epochs": epochs})
    trainer.config = trainer.config.model_copy(update={"schedule": longer})
    trainer.model.config = trainer.config


def start_from(trainer: Trainer, source: Path) -> None:
    """Give ``trainer`` the weights of a run, or of a checkpoint file, instead of random ones.

    Raises:
        FileFormatError: ``source`` is neither.
        ConfigError: The weights, or the delays that they were learned with, do not fit the
            trainer's configuration and data.
    """
    stored = read_stored(source)
    arrays = stored.arrays
    wanted = trainer.model.weights() | trainer.model.boxes()
    for name, tensor in wanted.items():
        shape = arrays[name].shape if name in arrays else "none"
        if shape != tuple(tensor.shape):
            raise ConfigError(
                f"the weights of {source} do not fit: {name} has shape {shape} there, and "
                f"{tuple(tensor.shape)} by the configuration and data to learn; give the same "
                f"layers, and data with the same channels and classes."
            )
    _require_same_delays(source, stored.config, trainer.config)
    for name, tensor in wanted.items():
        tensor.copy_(torch.from_numpy(arrays[name].copy()))


def _require_same_delays(source: Path, theirs: TrainConfig, ours: TrainConfig) -> None:
    """Weights mean nothing beside other delays; those that are only drawn are in no file."""
    there, here = _delays(theirs), _delays(ours)
    drawn = any(delays is not None and not delays.learned for delays in here)
    if (any(there) or any(here)) and there != here:
        raise ConfigError(
            f"the weights of {source} were learned with other delays of synapses; give the same "
            f"network.layer_defaults.delays, and delays of connections."
        )
    if drawn and theirs.seed != ours.seed:
        raise ConfigError(
            f"the weights of {source} were learned with delays drawn from seed {theirs.seed}, not "
            f"{ours.seed}; leave --seed out."
        )


def _delays(config: TrainConfig) -> list[DelaySettings | None]:
    """Delays of the learned synapses, apart from how they are learned."""
    found = [p.delays for p in projections_of(config.network) if p.learned]
    return [d and d.model_copy(update={"gain": 1.0, "reach": 1}) for d in found]


def hold_rate(trainer: Trainer) -> None:
    """From here on learn with the configuration's learning rate, whatever epochs are done."""
    schedule = trainer.config.schedule.model_copy(update={"kind": CONSTANT})
    trainer.config = trainer.config.model_copy(update={"schedule": schedule})
    trainer.model.config = trainer.config
