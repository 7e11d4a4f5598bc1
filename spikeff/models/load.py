"""From a name to a network that answers."""

from __future__ import annotations

from pathlib import Path

import torch

from spikeff.models.integers import IntegerModel
from spikeff.models.trained import TrainedModel
from spikeff.nn.device import torch_device
from spikeff.pipeline.saved import saved
from spikeff.training.checkpoint import read_history
from spikeff.training.run_folder import read_seconds


def load(source: Path | str, device: str | torch.device = "cpu") -> TrainedModel | IntegerModel:
    """Read a trained network: ``spikeff.load("zoo:digits").predict(images)``.

    Args:
        source: "zoo:NAME" or the file of an exported network, in integers, which run on the
            emulator; or a run directory, in floats, as its last checkpoint holds it.
        device: Where the floats of a run lie.

    Raises:
        UnknownNameError: The zoo has no such network; the message lists those that exist.
        FileFormatError: There is no network of that name; the message names the command that helps.
    """
    found = saved(source)
    if not found.is_run:
        return IntegerModel(found.network(), found.name)
    model, log = found.model(torch_device(device)), read_history(found.path)
    log.seconds = read_seconds(found.path)[: len(log.epochs)]
    return TrainedModel(model, log, found.path)
