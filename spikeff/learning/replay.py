"""Replay: what the last phase showed, kept and shown again beside the phase that follows.

Where positives and negatives come apart, each phase moves what the other needs. A phase with replay
learns from its own presentations and from those that were kept of the phase before, one batch of
them beside each of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import torch

from spikeff.ir.arrays import Array
from spikeff.learning.phase import Phase
from spikeff.nn.presented import Presented
from spikeff.nn.spike_events import SpikeEvents

PHASES = (Phase.BOTH, Phase.AWAKE, Phase.ASLEEP)  # by their numbers in a checkpoint
LISTS = ("kept", "before")


@dataclass
class Replay:
    """Presentations of the phase that is going on, and of the one before.

    Attributes:
        phase: The one that is going on.
        kept: Of it so far.
        before: Of the phase before it.
    """

    phase: Phase = Phase.BOTH
    kept: list[Presented] = field(default_factory=list)
    before: list[Presented] = field(default_factory=list)

    def forget(self) -> None:
        """Nothing is kept any more."""
        self.phase, self.kept, self.before = Phase.BOTH, [], []

    def arrays(self) -> dict[str, Array]:
        """What :meth:`restore` needs, by name."""
        found: dict[str, Array] = {"phase": np.array(PHASES.index(self.phase))}
        for name in LISTS:
            for k, each in enumerate(getattr(self, name)):
                found |= {f"{name}.{k}.{part}": v for part, v in _arrays_of(each).items()}
        return found

    def restore(self, arrays: Mapping[str, Array], device: torch.device) -> None:
        """Keep what was kept when :meth:`arrays` was called.

        Raises:
            KeyError: The arrays are not those (or IndexError, ValueError).
        """
        self.phase = PHASES[int(arrays["phase"])]
        for name in LISTS:
            count = sum(key.startswith(f"{name}.") and key.endswith(".spikes") for key in arrays)
            places = [f"{name}.{k}." for k in range(count)]
            setattr(self, name, [_presented(arrays, place, device) for place in places])

    def beside(self, presented: Presented, phase: Phase) -> tuple[Presented, Phase]:
        """Presentations of a batch with kept ones beside them, and the phase that they make.

        Args:
            presented: Of the batch; it is kept for the phase that follows.
            phase: Of the batch.
        """
        if phase is not self.phase:
            self.phase, self.kept, self.before = phase, [], self.kept
        self.kept.append(presented)
        if not self.before or phase is Phase.BOTH:
            return presented, phase
        other = self.before[(len(self.kept) - 1) % len(self.before)]
        both = (presented, other) if phase is Phase.AWAKE else (other, presented)
        return _together(*both, presented.samples), Phase.BOTH


def _arrays_of(presented: Presented) -> dict[str, Array]:
    data = presented.data
    found = {"spikes": data.spikes, "rows": np.array(presented.rows)}
    found |= {"lasting": np.array(data.lasting), "size": np.array(data.size)}
    if presented.labels is not None:
        found["labels"] = presented.labels.cpu().numpy()
    return found


def _presented(arrays: Mapping[str, Array], place: str, device: torch.device) -> Presented:
    spikes, lasting = arrays[f"{place}spikes"], bool(arrays[f"{place}lasting"])
    labels = arrays.get(f"{place}labels")
    return Presented(
        SpikeEvents(spikes, lasting, device, float(arrays[f"{place}size"])),
        None if labels is None else torch.from_numpy(labels.copy()).to(device),
        int(arrays[f"{place}rows"]),
    )


def _together(positives: Presented, negatives: Presented, samples: int) -> Presented:
    """Positives in the first row, then negatives, ``samples`` of each row."""
    sides = [_of_size(side, samples) for side in (positives, negatives)]
    labels = [side.labels for side in sides if side.labels is not None]
    return Presented(
        SpikeEvents.joined([side.each() for side in sides]),
        torch.cat(labels) if labels else None,
        positives.rows + negatives.rows,
    )


def _of_size(presented: Presented, samples: int) -> Presented:
    """The first ``samples`` of a batch; those of a smaller one again and again."""
    if presented.samples == samples:
        return presented
    return presented.part(np.arange(samples) % presented.samples)
