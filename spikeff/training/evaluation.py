"""Accuracy of a trained network by every reading, and whether time is what it reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from spikeff.data.dataset import Split
from spikeff.data.transforms import jitter_spikes
from spikeff.ir.arrays import Array
from spikeff.ir.codes import SOFTMAX
from spikeff.ir.readout_codes import best_classes, best_listed, likeliest
from spikeff.learning.readout import spike_counts
from spikeff.nn.builder import encode_images
from spikeff.nn.coincidence import coincident_pairs, shuffle_in_time
from spikeff.nn.ff_network import FFNetwork
from spikeff.nn.spike_events import SpikeEvents
from spikeff.training.model import Model

CHUNK_ROWS = 2048  # samples x steps of one chunk, of at most so many samples
CHUNK_MOST = 100
SHORT_LIST = 3
# Draws of the time shuffle: as many as give so many answers in all, within these bounds.
SHUFFLED_ANSWERS = 5000
LEAST_DRAWS, MOST_DRAWS = 3, 20
RECORDED, SHUFFLED = 0, 1


@dataclass(frozen=True)
class Evaluation:
    """Shares of right answers on ``samples`` samples; per layer where a tuple.

    Of classes with the same goodness the lowest wins, as on a chip
    (``spikeff.ir.readout_codes.answers``).

    Attributes:
        accuracy: By the highest goodness over all labels, or over class columns; where neither is
            there, by the linear softmax.
        readout_accuracy: By one neutral pass and the linear softmax.
        shortlist_accuracy: By goodness among the readout's ``SHORT_LIST`` best labels.
        shuffled_accuracy: By goodness after each neuron's spikes were shuffled in time, counts
            kept; the mean of ``shuffle_draws`` draws.
        rate_accuracy: By rate goodness on the same spikes.
        coincidence_ratio: Coincident pairs over those left after the shuffle, on positives (with
            class columns: in the true class's columns; without either: in all). 0 where the shuffle
            leaves none.
        negative_ratio: The same on negatives.
        firing: Spikes per neuron and step on positives.
        shuffle_draws: How often the shuffle was drawn.
        shuffled_spread: Standard deviation of the accuracy of one draw, over the draws; the mean is
            off by about this over the root of ``shuffle_draws``. None where there is but one draw.
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
    shuffle_draws: int = 1
    shuffled_spread: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """JSON-able form."""
        return asdict(self)


class _Tally:
    """Sums over chunks: right answers by each reading and draw, pairs, spikes."""

    def __init__(self, layers: int, draws: int) -> None:
        self.right = dict.fromkeys(("goodness", "readout", "short list", "rate"), 0)
        self.shuffled = np.zeros(draws, np.int64)
        # [positive, negative] x [RECORDED, SHUFFLED in all draws] x layer
        self.pairs = torch.zeros(2, 2, layers, dtype=torch.float64)
        self.spikes = torch.zeros(layers, dtype=torch.float64)


def draws_for(samples: int) -> int:
    """How often the time shuffle is drawn on so many samples."""
    return min(MOST_DRAWS, max(LEAST_DRAWS, -(-SHUFFLED_ANSWERS // max(1, samples))))


@torch.no_grad()
def evaluate(
    model: Model,
    split: Split,
    seed: int = 0,
    jitter: int = 0,
    on_chunk: Callable[[int], None] = lambda n: None,
    draws: int | None = None,
    on_answers: Callable[[Array], None] = lambda answers: None,
) -> Evaluation:
    """Evaluate ``model`` on ``split``.

    Args:
        seed: Seed of the time shuffle and of the jitter.
        jitter: Most steps by which input spikes of the data are moved; labels are not.
        on_chunk: Called with the number of samples done since the last call.
        draws: Of the time shuffle; None for :func:`draws_for` the samples.
        on_answers: Called with the classes that goodness answers, int64 (samples of the chunk,).
    """
    network, config = model.network, model.config
    draws = draws_for(len(split)) if draws is None else draws
    shuffles = [torch.Generator().manual_seed(draw_seed(seed, draw)) for draw in range(draws)]
    mover = np.random.default_rng(seed)
    tally = _Tally(len(network.stack), draws)
    size = min(CHUNK_MOST, max(1, CHUNK_ROWS // config.data.steps))
    for low in range(0, len(split), size):
        images = split.images[low : low + size]
        labels = torch.from_numpy(split.labels[low : low + size]).to(model.device)
        spikes = encode_images(config.data, images)
        pixels = SpikeEvents.of(jitter_spikes(spikes, jitter, mover), model.device)
        on_answers(_evaluate_chunk(model, pixels, labels, shuffles, tally))
        on_chunk(len(labels))
    return _summary(network, tally, len(split), config.data.steps)


def draw_seed(seed: int, draw: int) -> int:
    """Seed of one draw of the time shuffle."""
    # Distinct for every (seed, draw) of any size that is used; the first draw's is the seed.
    return (seed + draw * 0x9E3779B97F4A7C15) % 2**63


def _evaluate_chunk(
    model: Model,
    pixels: SpikeEvents,
    labels: Tensor,
    shuffles: Sequence[torch.Generator],
    tally: _Tally,
) -> Array:
    """Add a chunk's figures to ``tally``; its answers by goodness."""
    network = model.network
    respond = network.responses(pixels)
    neutral = respond(None)
    logits = model.readout.logits(spike_counts(neutral))
    score = partial(_score, network, logits)
    goodness, by_rate = [], []
    shuffled: list[list[Tensor]] = [[] for _ in shuffles]
    for shown in range(network.classes) if network.labels is not None else [None]:
        spikes = neutral if shown is None else respond(torch.full_like(labels, shown))
        goodness.append(score(spikes))
        by_rate.append(score(spikes, by_rate=True))
        _tally_spikes(tally, spikes, labels, shown)
        _tally_pairs(network, tally, labels, shown, spikes, RECORDED)
        for scores, generator in zip(shuffled, shuffles, strict=True):
            moved = [shuffle_in_time(z, generator) for z in spikes]
            scores.append(score(moved))
            _tally_pairs(network, tally, labels, shown, moved, SHUFFLED)
    right = labels.cpu().numpy()
    answers = _answers(_array([logits]), _array(goodness), _array(by_rate))
    for name, found in answers.items():
        tally.right[name] += int((found == right).sum())
    tally.shuffled += [(best_classes(_array(scores)) == right).sum() for scores in shuffled]
    return answers["goodness"]


def _answers(logits: Array, goodness: Array, by_rate: Array) -> dict[str, Array]:
    """Class (samples,) by each reading, from scores (samples, classes)."""
    return {
        "goodness": best_classes(goodness),
        "readout": best_classes(logits),
        "short list": best_listed(goodness, likeliest(logits, SHORT_LIST)),
        "rate": best_classes(by_rate),
    }


def _score(
    network: FFNetwork, logits: Tensor, spikes: list[Tensor], by_rate: bool = False
) -> Tensor:
    """Goodness of a pass; the logits where goodness gives no answer.

    The logits take spike counts, which no shuffle changes.
    """
    return logits if network.reading == SOFTMAX else network.goodness(spikes, by_rate)


def _array(scores: list[Tensor]) -> Array:
    """Scores of every class, (samples, classes)."""
    table: Array = torch.cat(scores, 1).cpu().numpy()
    return table


def _tally_pairs(
    network: FFNetwork,
    tally: _Tally,
    labels: Tensor,
    shown: int | None,
    spikes: list[Tensor],
    column: int,
) -> None:
    """Add the coincident pairs of a pass to those ``RECORDED`` or ``SHUFFLED``."""
    for k, layer in enumerate(network.stack):
        pairs = coincident_pairs(spikes[k], layer.column_size)
        if shown is None:
            own = torch.arange(pairs.shape[1], device=pairs.device) * network.classes
            right = own[None] // pairs.shape[1] == labels[:, None]
            right |= network.reading == SOFTMAX
        else:
            right = (labels == shown)[:, None].expand_as(pairs)
        tally.pairs[0, column, k] += (pairs * right).sum().item()
        tally.pairs[1, column, k] += (pairs * ~right).sum().item()


def _tally_spikes(tally: _Tally, spikes: list[Tensor], labels: Tensor, shown: int | None) -> None:
    for k, z in enumerate(spikes):
        positive = z if shown is None else z[:, labels == shown]
        tally.spikes[k] += positive.sum().item()


def _summary(network: FFNetwork, tally: _Tally, samples: int, steps: int) -> Evaluation:
    draws = len(tally.shuffled)
    ratio = (draws * tally.pairs[:, 0] / tally.pairs[:, 1]).nan_to_num(0.0, posinf=0.0)
    neurons = torch.tensor([layer.neurons for layer in network.stack])
    shuffled = tally.shuffled / samples
    return Evaluation(
        samples=samples,
        accuracy=tally.right["goodness"] / samples,
        readout_accuracy=tally.right["readout"] / samples,
        shortlist_accuracy=tally.right["short list"] / samples,
        shuffled_accuracy=float(shuffled.mean()),
        rate_accuracy=tally.right["rate"] / samples,
        coincidence_ratio=tuple(ratio[0].tolist()),
        negative_ratio=tuple(ratio[1].tolist()),
        firing=tuple((tally.spikes / (samples * steps * neurons)).tolist()),
        shuffle_draws=draws,
        shuffled_spread=float(shuffled.std(ddof=1)) if draws > 1 else None,
    )
