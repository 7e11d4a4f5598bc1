"""Figures of how right a network is, and of how much of that is time."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

from spikeff.ir.codes import SOFTMAX

BEYOND_LUCK = 2  # standard errors: one guesser in forty gets so far
GOODNESS, ONE_PASS, SHORT_LIST = "goodness", "one-pass readout", "short list"


@dataclass(frozen=True)
class ReadingFigures:
    """One way to read the answer.

    Attributes:
        name: "goodness", "one-pass readout" or "short list".
        accuracy: Share of right answers.
        shuffled_accuracy: The same after the shuffle in time, the mean over its draws.
        time_share: As :func:`time_share`.
    """

    name: str
    accuracy: float
    shuffled_accuracy: float
    time_share: float | None


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """How much of the answers is time; per layer that the answer reads where a tuple.

    Attributes:
        shuffled_accuracy: Accuracy by goodness after each neuron's spikes were shuffled in time,
            counts kept; the mean of ``shuffle_draws`` draws.
        rate_accuracy: Accuracy by rate goodness on the same spikes.
        coincidence_ratio: Coincident pairs over those left after the shuffle, on positives (with
            class columns: in the true class's columns; without goodness: in all). 0 where the
            shuffle leaves none.
        negative_ratio: The same on negatives (with class columns: in the other classes' columns).
        firing: Spikes per neuron and step on positives.
        shuffle_draws: How often the shuffle was drawn.
        shuffled_spread: Standard deviation of the accuracy of one draw, over the draws; the mean is
            off by about this over the root of ``shuffle_draws``. None where there is but one draw.
        chance: Accuracy of an answer drawn uniformly, one over the classes, whatever the share of
            each label; None in records that older versions wrote.
        time_share: Share of what is above chance that the shuffle takes, see :func:`time_share`;
            None where nothing is clearly above chance.
    """

    shuffled_accuracy: float
    rate_accuracy: float
    coincidence_ratio: tuple[float, ...]
    negative_ratio: tuple[float, ...]
    firing: tuple[float, ...]
    shuffle_draws: int = 1
    shuffled_spread: float | None = None
    chance: float | None = None
    time_share: float | None = None


@dataclass(frozen=True, kw_only=True)
class Evaluation(Agreement):
    """Shares of right answers on ``samples`` samples.

    Of classes with the same goodness the lowest wins, as on a chip
    (``spikeff.ir.readout_codes.answers``). A reading that the network does not have is not a
    number. What was not asked for is None.

    Attributes:
        accuracy: By the highest goodness over all labels, or over class columns; where neither is
            there, by the linear softmax.
        layer_accuracy: By the goodness of each layer that is read alone; empty where none is.
        readout_accuracy: By one neutral pass and the linear softmax. It reads spike counts, which
            no shuffle, jitter or reversal changes.
        shortlist_accuracy: By goodness among the readout's best labels.
        shuffled_shortlist_accuracy: The same after the shuffle, as ``shuffled_accuracy``.
        jittered_accuracy: By goodness after every spike was moved by at most so many steps
            (``spikeff.evidence.perturbations.jittered``), by the number of steps.
        deleted_accuracy: By goodness after this share of the spikes was deleted, by the share.
        reversed_accuracy: By goodness with each sample's spikes in reverse order of time.
        reading: Kind of answer, see ``spikeff.ir.codes.Readout``; None in older records.
    """

    samples: int
    accuracy: float
    readout_accuracy: float
    shortlist_accuracy: float
    shuffled_shortlist_accuracy: float | None = None
    jittered_accuracy: dict[str, float] | None = None
    deleted_accuracy: dict[str, float] | None = None
    reversed_accuracy: float | None = None
    reading: str | None = None
    layer_accuracy: tuple[float, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """JSON-able form."""
        return asdict(self)

    def by_reading(self) -> tuple[ReadingFigures, ...]:
        """Figures of each way to read the answer that the network has, goodness first.

        Where no goodness is read there is but the linear readout.
        """
        found = (
            (GOODNESS, self.accuracy, self.shuffled_accuracy),
            (ONE_PASS, self.readout_accuracy, self.readout_accuracy),
            (SHORT_LIST, self.shortlist_accuracy, self.shuffled_shortlist_accuracy),
        )
        return tuple(
            ReadingFigures(
                name, accuracy, left, time_share(accuracy, left, self.chance or 0.0, self.samples)
            )
            for name, accuracy, left in found
            if left is not None and not math.isnan(accuracy)
            if name == ONE_PASS or self.reading != SOFTMAX
        )


def time_share(accuracy: float, shuffled: float, chance: float, samples: int) -> float | None:
    """(accuracy - shuffled) / (accuracy - chance): 1 where the shuffle leaves chance, 0 where all.

    Returns:
        The share; above 1 where the shuffled spikes answer worse than chance, below 0 where they
        answer better than the recorded ones. None where the accuracy is not above chance by
        ``BEYOND_LUCK`` standard errors of guessing as many samples: there, luck divides luck.
    """
    above = accuracy - chance
    luck = math.sqrt(chance * (1 - chance) / samples)
    return (accuracy - shuffled) / above if above > BEYOND_LUCK * luck else None
