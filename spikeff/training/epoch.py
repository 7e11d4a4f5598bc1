"""An epoch: what a checkpoint in its middle needs beside the weights, and what it showed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import fmean

import numpy as np
import torch
from torch import Tensor

from spikeff.ir.arrays import Array
from spikeff.learning.record import BatchRecord
from spikeff.training.history import EpochRecord

GENERATOR, HITS = "generator", "hits"
# Lists of a batch's record, by what must have been shown for them to hold anything.
OF_POSITIVES, OF_NEGATIVES = ("positive", "firing", "together", "by_chance"), ("negative",)


@dataclass
class EpochProgress:
    """An epoch under way.

    Attributes:
        order: Samples in the order in which they are learned.
        generator: Of the random numbers that are still to be drawn.
        records: Of the batches that are learned.
        gathered: How many of them tell of all layers, where each has a process of its own.
    """

    order: Tensor
    generator: torch.Generator
    records: list[BatchRecord] = field(default_factory=list)
    gathered: int = 0

    @classmethod
    def begun(cls, seed: int, samples: int) -> EpochProgress:
        """Before its first batch."""
        generator = torch.Generator().manual_seed(seed)
        return cls(torch.randperm(samples, generator=generator), generator)

    def arrays(self) -> dict[str, Array]:
        """What :meth:`restored` needs, by name."""
        found: dict[str, Array] = {
            GENERATOR: self.generator.get_state().numpy(),
            HITS: np.array([r.hits for r in self.records], np.int64),
        }
        for names in (OF_POSITIVES, OF_NEGATIVES):
            shown = [r for r in self.records if getattr(r, names[0])]
            for name in names:
                found[name] = np.array([getattr(r, name) for r in shown], np.float64)
            found[f"shown.{names[0]}"] = np.array(
                [bool(getattr(r, names[0])) for r in self.records]
            )
        return found

    @classmethod
    def restored(cls, seed: int, samples: int, arrays: dict[str, Array]) -> EpochProgress:
        """As it was when :meth:`arrays` was called.

        Raises:
            ValueError: The arrays are not those (or KeyError, RuntimeError).
        """
        epoch = cls.begun(seed, samples)
        epoch.generator.set_state(torch.from_numpy(arrays[GENERATOR].copy()))
        epoch.records = [BatchRecord(hits) for hits in arrays[HITS].tolist()]
        epoch.gathered = len(epoch.records)
        for names in (OF_POSITIVES, OF_NEGATIVES):
            flags = arrays[f"shown.{names[0]}"]
            if len(flags) != len(epoch.records):
                raise ValueError(f"{len(epoch.records)} batches, and {len(flags)} are described")
            shown = np.flatnonzero(flags)
            for name in names:
                for place, values in zip(shown, arrays[name].tolist(), strict=True):
                    setattr(epoch.records[place], name, values)
        return epoch


def record_of(
    records: Sequence[BatchRecord], epoch: int, rate: float, layers: range, samples: int
) -> EpochRecord:
    """What an epoch showed, over all of its batches.

    Args:
        records: Of the batches.
        epoch: Its number, from 1.
        rate: Learning rate of its last batch.
        layers: Depths of the layers.
        samples: That were learned.
    """
    awake = [r for r in records if r.positive]
    asleep = [r for r in records if r.negative]
    pairs = [sum(r.together[k] for r in awake) for k in layers]
    chance = [sum(r.by_chance[k] for r in awake) for k in layers]
    return EpochRecord(
        epoch=epoch,
        learning_rate=rate,
        readout_accuracy=sum(r.hits for r in records) / samples,
        goodness_gap=tuple(
            fmean(r.positive[k] for r in awake) - fmean(r.negative[k] for r in asleep)
            if asleep
            else 0.0
            for k in layers
        ),
        firing=tuple(fmean(r.firing[k] for r in awake) for k in layers),
        coincidence_ratio=tuple(p / c if c else 0.0 for p, c in zip(pairs, chance, strict=True)),
    )
