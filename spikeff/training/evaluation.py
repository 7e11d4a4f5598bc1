"""Accuracy of a trained network by every reading, and whether time is what it reads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from spikeff.data.dataset import Split
from spikeff.data.transforms import jitter_spikes
from spikeff.ir.codes import SOFTMAX
from spikeff.learning.readout import spike_counts
from spikeff.nn.builder import encode_images
from spikeff.nn.coincidence import coincident_pairs, shuffle_in_time
from spikeff.nn.ff_network import FFNetwork
from spikeff.nn.spike_events import SpikeEvents
from spikeff.training.model import Model

CHUNK_ROWS = 2048  # samples x steps of one chunk, of at most so many samples
CHUNK_MOST = 100
SHORT_LIST = 3


@dataclass(frozen=True)
class Evaluation:
    """Shares of right answers on ``samples`` samples; per layer where a tuple.

    Attributes:
        accuracy: By the highest goodness over all labels, or over class columns; where neither is
            there, by the linear softmax.
        readout_accuracy: By one neutral pass and the linear softmax.
        shortlist_accuracy: By goodness among the readout's ``SHORT_LIST`` best labels.
        shuffled_accuracy: By goodness after each neuron's spikes were shuffled in time, counts
            kept.
        rate_accuracy: By rate goodness on the same spikes.
        coincidence_ratio: Coincident pairs over those left after the shuffle, on positives (with
            class columns: in the true class's columns; without either: in all). 0 where the shuffle
            leaves none.
        negative_ratio: The same on negatives.
        firing: Spikes per neuron and step on positives.
    """

    samples: int
    accuracy: float
    readout_accuracy: float
    shortlist_accuracy: float
    shuffled_accuracy: float
    rate_accuracy: float
    coincidence_ratio: tuple[float, ...]
    negative_ratio: tuple[float, ...]
    firing: tuple[float, ...]

    def as_dict(self) -> dict[str, Any]:
        """JSON-able form."""
        return asdict(self)


class _Tally:
    """Sums over chunks."""

    def __init__(self, layers: int) -> None:
        self.hits = torch.zeros(5, dtype=torch.int64)
        # [positive, negative] x [as recorded, shuffled] x layer
        self.pairs = torch.zeros(2, 2, layers, dtype=torch.float64)
        self.spikes = torch.zeros(layers, dtype=torch.float64)


@torch.no_grad()
def evaluate(
    model: Model,
    split: Split,
    seed: int = 0,
    jitter: int = 0,
    on_chunk: Callable[[int], None] = lambda n: None,
) -> Evaluation:
    """Evaluate ``model`` on ``split``.

    Args:
        seed: Seed of the time shuffle and of the jitter.
        jitter: Most steps by which input spikes of the data are moved; labels are not.
        on_chunk: Called with the number of samples done since the last call.
    """
    network, config = model.network, model.config
    generator = torch.Generator().manual_seed(seed)
    mover = np.random.default_rng(seed)
    tally = _Tally(len(network.stack))
    size = min(CHUNK_MOST, max(1, CHUNK_ROWS // config.data.steps))
    for low in range(0, len(split), size):
        images = split.images[low : low + size]
        labels = torch.from_numpy(split.labels[low : low + size]).to(model.device)
        spikes = encode_images(config.data, images)
        pixels = SpikeEvents.of(jitter_spikes(spikes, jitter, mover), model.device)
        _evaluate_chunk(model, pixels, labels, generator, tally)
        on_chunk(len(labels))
    return _summary(network, tally, len(split), config.data.steps)


def _evaluate_chunk(
    model: Model,
    pixels: SpikeEvents,
    labels: Tensor,
    generator: torch.Generator,
    tally: _Tally,
) -> None:
    network = model.network
    respond = network.responses(pixels)
    neutral = respond(None)
    guesses = model.readout.probabilities(spike_counts(neutral))
    passes = range(network.classes) if network.labels is not None else [None]
    tables: list[list[Tensor]] = [[], [], []]
    for shown in passes:
        spikes = neutral
        if shown is not None:
            spikes = respond(torch.full_like(labels, shown))
        shuffled = [shuffle_in_time(z, generator) for z in spikes]
        # The linear readout takes spike counts, which no shuffle changes; goodness gives no answer.
        softmax = network.reading == SOFTMAX
        read = [guesses] * 3 if softmax else _scores(network, spikes, shuffled)
        for table, score in zip(tables, read, strict=True):
            table.append(score)
        _tally_pairs(network, spikes, shuffled, labels, shown, tally)
    goodness, after, by_rate = (torch.cat(table, 1) for table in tables)
    best = guesses.topk(min(SHORT_LIST, network.classes), dim=1).indices
    listed = torch.full_like(goodness, -torch.inf).scatter(1, best, goodness.gather(1, best))
    for index, scores in enumerate((goodness, guesses, listed, after, by_rate)):
        tally.hits[index] += int((scores.argmax(1) == labels).sum())


def _scores(network: FFNetwork, spikes: list[Tensor], shuffled: list[Tensor]) -> list[Tensor]:
    """Goodness as it is, after the shuffle, and of rates."""
    return [
        network.goodness(spikes),
        network.goodness(shuffled),
        network.goodness(spikes, by_rate=True),
    ]


def _tally_pairs(
    network: FFNetwork,
    spikes: list[Tensor],
    shuffled: list[Tensor],
    labels: Tensor,
    shown: int | None,
    tally: _Tally,
) -> None:
    for k, layer in enumerate(network.stack):
        for column, z in enumerate((spikes[k], shuffled[k])):
            pairs = coincident_pairs(z, layer.column_size)
            if shown is None:
                own = torch.arange(pairs.shape[1], device=z.device) * network.classes
                right = own[None] // pairs.shape[1] == labels[:, None]
                right |= network.reading == SOFTMAX
            else:
                right = (labels == shown)[:, None].expand_as(pairs)
            tally.pairs[0, column, k] += (pairs * right).sum().item()
            tally.pairs[1, column, k] += (pairs * ~right).sum().item()
        positive = spikes[k] if shown is None else spikes[k][:, labels == shown]
        tally.spikes[k] += positive.sum().item()


def _summary(network: FFNetwork, tally: _Tally, samples: int, steps: int) -> Evaluation:
    ratio = (tally.pairs[:, 0] / tally.pairs[:, 1]).nan_to_num(0.0, posinf=0.0)
    neurons = torch.tensor([layer.neurons for layer in network.stack])
    by_goodness, by_readout, by_list, shuffled, by_rate = (int(n) / samples for n in tally.hits)
    return Evaluation(
        samples=samples,
        accuracy=by_goodness,
        readout_accuracy=by_readout,
        shortlist_accuracy=by_list,
        shuffled_accuracy=shuffled,
        rate_accuracy=by_rate,
        coincidence_ratio=tuple(ratio[0].tolist()),
        negative_ratio=tuple(ratio[1].tolist()),
        firing=tuple((tally.spikes / (samples * steps * neurons)).tolist()),
    )
