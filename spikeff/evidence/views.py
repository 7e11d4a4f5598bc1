"""Every way in which recorded spikes are looked at: as they are, by rate, and perturbed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

import numpy as np

from spikeff.evidence.perturbations import jittered, reversed_in_time, shuffled, thinned
from spikeff.ir.arrays import Array
from spikeff.ir.codes import SOFTMAX, Readout
from spikeff.ir.goodness import RATE, coincident_pairs
from spikeff.ir.readout_codes import one_pass_logits, summed_goodness

JITTERS = (1, 2, 3)  # steps
DELETIONS = (0.05, 0.1, 0.2, 0.5)  # shares of the spikes
# Draws of a perturbation: as many as give so many answers in all, within bounds.
SHUFFLED_ANSWERS, LEAST_SHUFFLES, MOST_SHUFFLES = 5000, 3, 20
PERTURBED_ANSWERS, MOST_PERTURBED = 1000, 5

RECORDED, BY_RATE, SHUFFLED = "recorded", "rate", "shuffled"
JITTERED, DELETED, REVERSED = "jittered", "deleted", "reversed"
OF_LAYER = "layer"
KINDS = (RECORDED, BY_RATE, SHUFFLED, JITTERED, DELETED, REVERSED, OF_LAYER)


class ReadPopulation(Protocol):
    """What the figures ask of a population whose spikes are read."""

    @property
    def name(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def column_size(self) -> int: ...
    @property
    def constraint_columns(self) -> int: ...


@dataclass(frozen=True)
class ReadLayer:
    """A population whose spikes are read, by its sizes alone."""

    name: str
    size: int
    column_size: int
    constraint_columns: int


@dataclass(eq=False)
class View:
    """Spikes as recorded or perturbed, read by one readout; and how often that was right.

    Attributes:
        kind: One of ``KINDS``.
        amount: Of the perturbation, as a key of the figures.
        readout: How the spikes are read.
        change: From bool (steps, samples, neurons) to the same.
        pairs: Coincident pairs, [positives, negatives] x population of the readout.
        right: Right answers.
        right_listed: Right answers among the short list.
    """

    kind: str
    amount: str
    readout: Readout
    change: Callable[[Array], Array]
    pairs: Array
    right: int = 0
    right_listed: int = 0

    @property
    def timed(self) -> bool:
        """Whether times of spikes count: where they drive a membrane, or once did."""
        return self.readout.membrane is not None or self.kind == BY_RATE

    @property
    def has_pairs(self) -> bool:
        """Whether its coincident pairs are part of a ratio."""
        return self.kind in (RECORDED, SHUFFLED)

    def changed(self, spikes: Mapping[str, Array]) -> dict[str, Array]:
        """The spikes of the populations that are read, as this view has them."""
        return {name: self.change(spikes[name]) for name in self.readout.populations}

    def scores(
        self, seen: Mapping[str, Array], populations: Sequence[ReadPopulation], logits: Array | None
    ) -> Array:
        """What decides the answers, (samples, 1) under one label, else (samples, classes).

        Args:
            seen: Spikes as changed.
            populations: All whose spikes are read.
            logits: Of the linear readout of the spikes as recorded; None without one.
        """
        if self.readout.kind == SOFTMAX:
            if logits is None or self.kind == DELETED or self.timed:
                return one_pass_logits(seen, self.readout)
            return logits  # of counts, which nothing else changes
        goodness = summed_goodness(seen, self.readout, populations)
        return goodness[:, np.newaxis] if goodness.ndim == 1 else goodness

    def add_pairs(
        self,
        seen: Mapping[str, Array],
        populations: Sequence[ReadPopulation],
        positive: Sequence[Array],
    ) -> None:
        """Count coincident pairs.

        Args:
            seen: Spikes as changed.
            populations: All whose spikes are read.
            positive: Which columns are those of positives, bool (samples, columns) of each.
        """
        for k, population in enumerate(populations):
            pairs = coincident_pairs(seen[population.name], population.column_size)
            self.pairs[0, k] += pairs[positive[k]].sum()
            self.pairs[1, k] += pairs[~positive[k]].sum()


def draws_for(samples: int) -> int:
    """How often the shuffle is drawn on so many samples."""
    return min(MOST_SHUFFLES, max(LEAST_SHUFFLES, _rounds(SHUFFLED_ANSWERS, samples)))


def perturbed_draws_for(samples: int) -> int:
    """How often jitter and deletion are drawn on so many samples, for each amount."""
    return min(MOST_PERTURBED, _rounds(PERTURBED_ANSWERS, samples))


def _rounds(answers: int, samples: int) -> int:
    return -(-answers // max(1, samples))


def views_of_time(readout: Readout, seed: int, draws: int) -> list[View]:
    """Spikes as recorded, the same by rate goodness, and every draw of the shuffle."""
    by_rate = replace(readout, goodness=RATE, beta=0.0, membrane=None)
    views = [_view(RECORDED, readout, _as_recorded), _view(BY_RATE, by_rate, _as_recorded)]
    for draw in range(draws):
        change = partial(shuffled, generator=_generator(seed, SHUFFLED, 0, draw))
        views.append(_view(SHUFFLED, readout, change))
    return views


def layer_views(readout: Readout) -> list[View]:
    """Spikes as recorded, read of one population at a time; none where no goodness is read."""
    if readout.kind == SOFTMAX:
        return []
    return [_view(OF_LAYER, readout.of(p), _as_recorded) for p in readout.populations]


def perturbed_views(readout: Readout, seed: int, draws: int) -> list[View]:
    """Spikes reversed in time, and every draw of each jitter and deletion."""
    views = [_view(REVERSED, readout, reversed_in_time)]
    for draw in range(draws):
        for k, reach in enumerate(JITTERS):
            generator = _generator(seed, JITTERED, k, draw)
            change = partial(jittered, reach=reach, generator=generator)
            views.append(_view(JITTERED, readout, change, f"{reach}"))
        for k, share in enumerate(DELETIONS):
            generator = _generator(seed, DELETED, k, draw)
            change = partial(thinned, share=share, generator=generator)
            views.append(_view(DELETED, readout, change, f"{share:g}"))
    return views


def _view(kind: str, readout: Readout, change: Callable[[Array], Array], amount: str = "") -> View:
    return View(kind, amount, readout, change, np.zeros((2, len(readout.populations))))


def _as_recorded(spikes: Array) -> Array:
    return spikes


def _generator(seed: int, kind: str, amount: int, draw: int) -> np.random.Generator:
    """A generator of its own for every draw of every perturbation."""
    return np.random.default_rng((seed, KINDS.index(kind), amount, draw))
