"""What a trained model says of each class, from spikes."""

from __future__ import annotations

import torch
from torch import Tensor

from spikeff.ir.codes import SOFTMAX
from spikeff.learning.readout import spike_counts
from spikeff.nn.spike_events import SpikeEvents
from spikeff.training.model import Model


@torch.no_grad()
def class_scores(model: Model, events: SpikeEvents) -> Tensor:
    """Score (samples, classes) of each class, by the reading that the model was trained for.

    Goodness under each label, or of each class's columns; logits of the linear readout where
    neither is read.

    Args:
        model: The trained model.
        events: Spikes of the channels that carry the datum.
    """
    network = model.network
    respond = network.responses(events)
    if network.reading == SOFTMAX:
        return model.readout.logits(spike_counts(respond(None)))
    if network.labels is None:
        return network.goodness(respond(None))
    labels = torch.arange(network.classes, device=model.device)
    passes = [respond(label.expand(events.samples)) for label in labels]
    return torch.cat([network.goodness(spikes) for spikes in passes], 1)
