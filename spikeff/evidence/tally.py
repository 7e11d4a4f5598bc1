"""Answers counted over chunks of samples: from spikes as recorded, by rate, and perturbed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import partial

import numpy as np

from spikeff.evidence.figures import Agreement, Evaluation, time_share
from spikeff.evidence.views import (
    BY_RATE,
    DELETED,
    JITTERED,
    OF_LAYER,
    RECORDED,
    REVERSED,
    SHUFFLED,
    ReadPopulation,
    View,
    draws_for,
    layer_views,
    perturbed_draws_for,
    perturbed_views,
    views_of_time,
)
from spikeff.ir.arrays import Array
from spikeff.ir.codes import ALL_LABELS, SOFTMAX, Readout
from spikeff.ir.readout_codes import best_classes, best_listed, likeliest
from spikeff.parallel import over_cores


class EvidenceTally:
    """Sums over chunks of samples; every draw of a perturbation has a generator of its own.

    Args:
        readout: How spikes become an answer.
        populations: All of the network's; the readout names those that it reads.
        steps: Of a sample.
        samples: How many will be added in all; decides the number of draws.
        seed: Of the draws.
        draws: Of the shuffle; None for ``views.draws_for`` the samples.
        perturbed: Whether spikes are jittered, deleted and reversed, too.
        listed: Classes of the short list; 0 for none.
    """

    def __init__(
        self,
        readout: Readout,
        populations: Sequence[ReadPopulation],
        steps: int,
        samples: int,
        seed: int,
        draws: int | None = None,
        perturbed: bool = False,
        listed: int = 0,
    ) -> None:
        by_name = {p.name: p for p in populations}
        self._read = [by_name[name] for name in readout.populations]
        self._readout, self._steps, self._listed = readout, steps, listed
        self._draws = draws_for(samples) if draws is None else draws
        self._views = views_of_time(readout, seed, self._draws) + layer_views(readout)
        if perturbed:
            self._views += perturbed_views(readout, seed, perturbed_draws_for(samples))
        self._samples, self._positive = 0, 0
        self._by_linear: int | None = None
        self._spikes = np.zeros(len(self._read))

    def add(
        self, labels: Array, passes: Iterable[Mapping[str, Array]], logits: Array | None
    ) -> Array:
        """Add a chunk of samples.

        Args:
            labels: Right classes, int (samples,).
            passes: Spikes bool (steps, samples, neurons) of each population, by name: under each
                label in turn where labels are in the input, else of one pass.
            logits: Of the linear readout in a pass without a label, (samples, classes); None
                without such a readout.

        Returns:
            What decided the answers: goodness, or logits where there is none, (samples, classes).
        """
        tables: list[list[Array]] = [[] for _ in self._views]
        for shown, spikes in enumerate(passes):
            positive = [self._positive_columns(p, labels, shown) for p in self._read]
            self._add_firing(spikes, positive[0].any(axis=1))
            look = partial(self._look, spikes, positive, logits)
            for table, scores in zip(tables, over_cores(look, self._views), strict=True):
                table.append(scores)
        decided = [np.concatenate(table, axis=1) for table in tables]
        self._count_right(decided, labels, logits)
        return decided[0]

    def agreement(self) -> Agreement:
        """How much of the answers that were added is time."""
        shares = np.array([v.right for v in self._of(SHUFFLED)]) / self._samples
        recorded = self._of(RECORDED)[0].pairs
        left = sum((v.pairs for v in self._of(SHUFFLED)), np.zeros_like(recorded))
        ratio = np.divide(recorded * self._draws, left, out=0 * left, where=left > 0)
        neurons = np.array([p.size for p in self._read])
        shuffled, chance = self._share(SHUFFLED), 1 / self._readout.classes
        return Agreement(
            shuffled_accuracy=shuffled,
            rate_accuracy=self._share(BY_RATE),
            coincidence_ratio=tuple(ratio[0].tolist()),
            negative_ratio=tuple(ratio[1].tolist()),
            firing=tuple((self._spikes / (self._positive * self._steps * neurons)).tolist()),
            shuffle_draws=self._draws,
            shuffled_spread=float(shares.std(ddof=1)) if self._draws > 1 else None,
            chance=chance,
            time_share=time_share(self._share(RECORDED), shuffled, chance, self._samples),
        )

    def evaluation(self) -> Evaluation:
        """All figures of what was added."""
        linear = self._by_linear
        return Evaluation(
            **vars(self.agreement()),
            reading=self._readout.kind,
            samples=self._samples,
            accuracy=self._share(RECORDED),
            layer_accuracy=tuple(v.right / self._samples for v in self._of(OF_LAYER)),
            readout_accuracy=math.nan if linear is None else linear / self._samples,
            shortlist_accuracy=self._listed_share(RECORDED),
            shuffled_shortlist_accuracy=self._listed_share(SHUFFLED),
            jittered_accuracy=self._by_amount(JITTERED),
            deleted_accuracy=self._by_amount(DELETED),
            reversed_accuracy=self._share(REVERSED) if self._of(REVERSED) else None,
        )

    def _look(
        self,
        spikes: Mapping[str, Array],
        positive: Sequence[Array],
        logits: Array | None,
        view: View,
    ) -> Array:
        """Scores of a pass in one view, whose pairs are counted on the way."""
        seen = view.changed(spikes)
        if view.has_pairs:
            view.add_pairs(seen, self._read, positive)
        return view.scores(seen, self._read, logits)

    def _positive_columns(self, population: ReadPopulation, labels: Array, shown: int) -> Array:
        """Which columns of a pass are those of positives, bool (samples, columns)."""
        columns = population.size // population.column_size
        if self._readout.kind == ALL_LABELS:
            return np.repeat((labels == shown)[:, np.newaxis], columns, axis=1)
        if self._readout.kind == SOFTMAX:
            return np.ones((len(labels), columns), np.bool_)
        own = np.arange(columns) * self._readout.classes // columns
        return np.asarray(own[np.newaxis] == labels[:, np.newaxis])

    def _add_firing(self, spikes: Mapping[str, Array], shown: Array) -> None:
        """Add the spikes of positives. shown : which samples of the pass they are, bool."""
        self._positive += int(shown.sum())
        for k, population in enumerate(self._read):
            self._spikes[k] += np.count_nonzero(spikes[population.name][:, shown])

    def _count_right(self, decided: Sequence[Array], labels: Array, logits: Array | None) -> None:
        self._samples += len(labels)
        for view, scores in zip(self._views, decided, strict=True):
            view.right += int((best_classes(scores) == labels).sum())
        if logits is None:
            return
        right = int((best_classes(logits) == labels).sum())
        self._by_linear = (self._by_linear or 0) + right
        listed = likeliest(logits, self._listed)
        for view, scores in zip(self._views, decided, strict=True):
            if self._listed and view.kind in (RECORDED, SHUFFLED):
                view.right_listed += int((best_listed(scores, listed) == labels).sum())

    def _of(self, kind: str) -> list[View]:
        return [view for view in self._views if view.kind == kind]

    def _share(self, kind: str) -> float:
        """Share of right answers, over all draws."""
        views = self._of(kind)
        return sum(view.right for view in views) / (len(views) * self._samples)

    def _listed_share(self, kind: str) -> float:
        """Share of right answers among the short list, over all draws; nan without a list."""
        views = self._of(kind)
        if self._by_linear is None or not self._listed:
            return math.nan
        return sum(view.right_listed for view in views) / (len(views) * self._samples)

    def _by_amount(self, kind: str) -> dict[str, float] | None:
        """Share of right answers for each amount of a perturbation; None where not asked for."""
        right: dict[str, list[int]] = {}
        for view in self._of(kind):
            right.setdefault(view.amount, []).append(view.right)
        shares = {k: sum(found) / (len(found) * self._samples) for k, found in right.items()}
        return shares or None
