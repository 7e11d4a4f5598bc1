"""Accuracy of a trained network by every reading, and whether time is what it reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import torch
from torch import Tensor

from spikeff.data.dataset import Split
from spikeff.data.transforms import input_change
from spikeff.evidence.figures import Evaluation
from spikeff.evidence.tally import EvidenceTally
from spikeff.evidence.views import ReadLayer
from spikeff.ir.arrays import Array
from spikeff.ir.readout_codes import best_classes, short_list
from spikeff.nn.builder import encode_images
from spikeff.nn.connection_settings import layer_name
from spikeff.nn.spike_events import SpikeEvents
from spikeff.training.answers import readout_of
from spikeff.training.model import Model

CHUNK_ROWS = 2048  # samples x steps of one chunk, of at most so many samples
CHUNK_MOST = 100


@torch.no_grad()
def evaluate(
    model: Model,
    split: Split,
    seed: int = 0,
    jitter: int = 0,
    on_chunk: Callable[[int], None] = lambda n: None,
    draws: int | None = None,
    on_answers: Callable[[Array], None] = lambda answers: None,
    perturbed: bool = False,
    reverse: bool = False,
) -> Evaluation:
    """Evaluate ``model`` on ``split``.

    Args:
        seed: Seed of the time shuffle, of the perturbations and of the jitter.
        jitter: Most steps by which input spikes of the data are moved; labels are not.
        on_chunk: Called with the number of samples done since the last call.
        draws: Of the time shuffle; None for ``spikeff.evidence.views.draws_for`` the samples.
        on_answers: Called with the classes that goodness answers, int64 (samples of the chunk,).
        perturbed: Whether the layers' spikes are also jittered, deleted and reversed in time.
        reverse: Whether the input spikes of the data are put in reverse order of time; labels are
            not.
    """
    config, layers = model.config, _read_layers(model)
    readout = readout_of(model, tuple(layer.name for layer in layers))
    tally = EvidenceTally(
        *(readout, layers, config.data.steps, len(split), seed, draws, perturbed),
        listed=short_list(readout.classes) or readout.classes,  # a number in every record
    )
    change = input_change(jitter, seed, reverse)
    size = min(CHUNK_MOST, max(1, CHUNK_ROWS // config.data.steps))
    for low in range(0, len(split), size):
        labels = split.labels[low : low + size]
        spikes = encode_images(config.data, split.images[low : low + size])
        pixels = SpikeEvents.of(change(spikes), model.device)
        on_answers(best_classes(_add(model, pixels, labels, tally)))
        on_chunk(len(labels))
    return tally.evaluation()


def _read_layers(model: Model) -> list[ReadLayer]:
    return [
        ReadLayer(layer_name(k), layer.neurons, layer.column_size, layer.constraint_columns)
        for k, layer in enumerate(model.network.stack)
        if k in model.network.read
    ]


def _add(model: Model, pixels: SpikeEvents, labels: Array, tally: EvidenceTally) -> Array:
    """Add a chunk to ``tally``; what decided its answers, (samples, classes)."""
    network = model.network
    respond = network.responses(pixels)
    neutral = respond(None)
    logits = model.readout.logits(network.counts(neutral)).cpu().numpy()

    def passes() -> Iterator[Mapping[str, Array]]:
        if network.labels is None:
            yield _by_name(neutral)
            return
        for label in range(network.classes):
            shown = torch.full((len(labels),), label, device=model.device)
            yield _by_name(respond(shown))

    return tally.add(labels, passes(), logits)


def _by_name(spikes: list[Tensor]) -> dict[str, Array]:
    return {layer_name(k): (z > 0).cpu().numpy() for k, z in enumerate(spikes)}
