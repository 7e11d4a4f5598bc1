"""The objective of the linear readout: no layer has an objective of its own.

``readout`` is the cross-entropy of the linear softmax on the spike counts of all layers, so only a
rule that is not local can use it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch

from spikeff.errors import ConfigError
from spikeff.ir.codes import SOFTMAX
from spikeff.learning.objectives.objective import Judgement, Shown, register_objective
from spikeff.learning.readout import spike_counts
from spikeff.nn.presented import LayerRun

READOUT = "readout"


@dataclass(frozen=True)
class LinearReadout:
    """Cross-entropy of the readout's answers."""

    reading: ClassVar[str | None] = SOFTMAX
    contrast: ClassVar[bool] = False
    phases_apart: ClassVar[bool] = False
    of_layers: ClassVar[bool] = False

    def judge(self, runs: Sequence[LayerRun], shown: Shown) -> list[Judgement]:
        """Judge all layers together; ``spike_error`` is the same at every step.

        Raises:
            ConfigError: There is no readout.
        """
        readout = shown.readout
        if readout is None:
            raise ConfigError(
                f"objective {READOUT!r} is that of a whole network with its linear readout; give a "
                f"layer that stands alone a contrast, such as 'pair'."
            )
        guesses = readout.probabilities(spike_counts([run.spikes for run in runs]))
        target = torch.nn.functional.one_hot(shown.labels, shown.classes).to(guesses.dtype)
        by_count = ((target - guesses) / shown.batch) @ readout.weight[:, :-1]
        parts = by_count.split([run.layer.neurons for run in runs], 1)
        # Layers have no goodness here; 0 so that their activity on positives is recorded.
        return [Judgement(None, positive=0.0, spike_error=part[None]) for part in parts]


register_objective(READOUT, LinearReadout)
