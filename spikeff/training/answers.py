"""What a trained model says of each class, from spikes."""

from __future__ import annotations

from typing import TypeVar

import torch
from torch import Tensor

from spikeff.ir.codes import SOFTMAX, Readout
from spikeff.nn.spike_events import SpikeEvents
from spikeff.training.model import Model

Value = TypeVar("Value")


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
        return model.readout.logits(network.counts(respond(None)))
    if network.labels is None:
        return network.goodness(respond(None))
    labels = torch.arange(network.classes, device=model.device)
    passes = [respond(label.expand(events.samples)) for label in labels]
    return torch.cat([network.goodness(spikes) for spikes in passes], 1)


def readout_of(model: Model, populations: tuple[str, ...]) -> Readout:
    """How the spikes of ``populations``, those of the layers that are read, become the answer."""
    weight, layers = model.readout.weight.cpu().numpy(), model.network.stack
    measures = [layers[depth].measure for depth in model.network.read]
    goodness, beta, steps = zip(*measures, strict=True)
    return Readout(
        kind=model.network.reading,
        goodness=_one_for_all(goodness),
        beta=_one_for_all(beta),
        classes=model.network.classes,
        populations=populations,
        softmax_weights=weight[:, :-1],
        softmax_bias=weight[:, -1],
        steps=_one_for_all(steps),
    )


def _one_for_all(values: tuple[Value, ...]) -> Value | tuple[Value, ...]:
    """A single value where all are alike."""
    return values[0] if len(set(values)) == 1 else values
