"""An epoch under way: what a checkpoint in its middle needs beside the weights."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from spikeff.ir.arrays import Array
from spikeff.learning.record import BatchRecord

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
