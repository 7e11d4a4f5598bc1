"""How much of a network's answers is time: its recorded spikes shuffled, and read by rate.

The same figures that ``spikeff.training.evaluation`` takes from a trained network in float, from
the spikes that any simulator or target recorded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch

from spikeff.ir.arrays import Array
from spikeff.ir.codes import ALL_LABELS, SOFTMAX
from spikeff.ir.goodness import RATE
from spikeff.ir.readout_codes import answers
from spikeff.nn.coincidence import coincident_pairs, shuffle_in_time
from spikeff.training.evaluation import draw_seed, draws_for

if TYPE_CHECKING:
    from lava_export.integers.network import IntegerNetwork


@dataclass(frozen=True)
class Agreement:
    """Figures over samples with known labels; per population of the readout where a tuple.

    Attributes:
        shuffled_accuracy: Accuracy after each neuron's spikes were shuffled in time, counts kept;
            the mean of ``shuffle_draws`` draws.
        shuffled_spread: Standard deviation of the accuracy of one draw, over the draws.
        shuffle_draws: How often the shuffle was drawn.
        rate_accuracy: Accuracy by rate goodness on the same spikes.
        coincidence_ratio: Coincident pairs over those left after the shuffle, on positives; 0 where
            the shuffle leaves none.
        negative_ratio: The same on negatives.
        firing: Spikes per neuron and step on positives.
    """

    shuffled_accuracy: float
    shuffled_spread: float
    shuffle_draws: int
    rate_accuracy: float
    coincidence_ratio: tuple[float, ...]
    negative_ratio: tuple[float, ...]
    firing: tuple[float, ...]


class AgreementTally:
    """Sums over chunks of a run; every draw of the shuffle has a generator of its own.

    Args:
        network: Its readout and the columns of its populations.
        samples: How many will be added in all; decides the number of draws.
        seed: Of the shuffles.
    """

    def __init__(self, network: IntegerNetwork, samples: int, seed: int) -> None:
        by_name = {p.name: p for p in network.populations}
        self._network = network
        self._read = tuple(by_name[name] for name in network.readout.populations)
        self._draws = [
            torch.Generator().manual_seed(draw_seed(seed, draw))
            for draw in range(draws_for(samples))
        ]
        self._samples, self._by_rate = 0, 0
        self._right = np.zeros(len(self._draws), np.int64)
        # [positive, negative] x [as recorded, shuffled] x population
        self._pairs = np.zeros((2, 2, len(self._read)))
        self._spikes = np.zeros(len(self._read))
        self._positive = 0

    def add(self, spikes: Mapping[str, Array], labels: Array) -> None:
        """Add a chunk of samples.

        Args:
            spikes: As for ``spikeff.ir.readout_codes.answers``.
            labels: Right classes, (samples,).
        """
        recorded = {p.name: torch.from_numpy(spikes[p.name] * np.float32(1)) for p in self._read}
        positive = self._positive_columns(labels)
        self._tally(recorded, positive, 0)
        for k, population in enumerate(self._read):
            shown = positive[k].any(axis=1)
            self._spikes[k] += float(recorded[population.name][:, shown].sum())
        self._positive += int(positive[0].any(axis=1).sum())
        self._by_rate += self._count_right(spikes, labels, by_rate=True)
        for draw, generator in enumerate(self._draws):
            moved = {name: shuffle_in_time(z, generator) for name, z in recorded.items()}
            self._tally(moved, positive, 1)
            shuffled = {name: z.numpy() > 0 for name, z in moved.items()}
            self._right[draw] += self._count_right(shuffled, labels)
        self._samples += len(labels)

    def figures(self) -> Agreement:
        """The figures over all that was added."""
        draws, steps = len(self._draws), self._network.steps
        recorded, left = self._pairs[:, 0] * draws, self._pairs[:, 1]
        ratio = np.divide(recorded, left, out=np.zeros_like(left), where=left > 0)
        neurons = np.array([p.size for p in self._read])
        shuffled = self._right / self._samples
        return Agreement(
            shuffled_accuracy=float(shuffled.mean()),
            shuffled_spread=float(shuffled.std(ddof=1)),
            shuffle_draws=draws,
            rate_accuracy=self._by_rate / self._samples,
            coincidence_ratio=tuple(ratio[0].tolist()),
            negative_ratio=tuple(ratio[1].tolist()),
            firing=tuple((self._spikes / (self._positive * steps * neurons)).tolist()),
        )

    def _positive_columns(self, labels: Array) -> list[Array]:
        """Columns of positives of each population, bool (presentations, columns)."""
        readout = self._network.readout
        found = []
        for population in self._read:
            columns = population.size // population.column_size
            if readout.kind == ALL_LABELS:
                shown = np.tile(np.arange(readout.classes), len(labels))
                right = np.repeat(labels, readout.classes) == shown
                found.append(np.repeat(right[:, np.newaxis], columns, axis=1))
            elif readout.kind == SOFTMAX:
                found.append(np.ones((len(labels), columns), np.bool_))
            else:
                own = np.arange(columns) * readout.classes // columns
                found.append(own[np.newaxis] == labels[:, np.newaxis])
        return found

    def _tally(self, spikes: Mapping[str, torch.Tensor], positive: list[Array], kind: int) -> None:
        for k, population in enumerate(self._read):
            pairs = coincident_pairs(spikes[population.name], population.column_size).numpy()
            self._pairs[0, kind, k] += pairs[positive[k]].sum()
            self._pairs[1, kind, k] += pairs[~positive[k]].sum()

    def _count_right(
        self, spikes: Mapping[str, Array], labels: Array, by_rate: bool = False
    ) -> int:
        readout = self._network.readout
        if by_rate and readout.kind != SOFTMAX:
            readout = replace(readout, goodness=RATE)
        return int((answers(spikes, readout, self._network.populations) == labels).sum())
