"""The interface of an objective, and the registry of objectives by name.

An objective turns the goodness of a layer into its modulation, the third factor of the local rule:
minus the derivative of the layer's loss by its goodness.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from torch import Tensor

from spikeff.errors import ConfigError, UnknownKindError
from spikeff.learning.phase import Phase
from spikeff.learning.readout import SoftmaxReadout
from spikeff.learning.registration import register_dataclass
from spikeff.nn.presented import LayerRun


@dataclass(frozen=True, eq=False)
class Shown:
    """What an objective may know of the presentations that it judges.

    Attributes:
        labels: True labels (samples,).
        rows: Presentations of each sample, positives in the first row unless asleep.
        batch: Samples of the whole batch; the loss is a mean over them.
        classes: Number of classes.
        phase: Which presentations there are.
        readout: The linear readout of the whole network; None for a layer without one.
    """

    labels: Tensor
    rows: int
    batch: int
    classes: int
    phase: Phase
    readout: SoftmaxReadout | None = None

    @property
    def positives(self) -> int:
        """Number of presentations that are positive; these come first."""
        return 0 if self.phase is Phase.ASLEEP else len(self.labels)


@dataclass(frozen=True, eq=False)
class Judgement:
    """Result of an objective for one layer.

    Attributes:
        modulation: (presentations, columns), minus the derivative of the loss by each column's
            goodness; None where the loss does not depend on goodness.
        positive: Mean goodness of positives; None where none were shown.
        negative: Mean goodness of negatives; None where none were shown.
        spike_error: Minus the derivative of the loss by each spike, where the loss does not depend
            on goodness; it broadcasts to (steps, presentations, neurons).
    """

    modulation: Tensor | None
    positive: float | None = None
    negative: float | None = None
    spike_error: Tensor | None = None

    def required_modulation(self) -> Tensor:
        """The modulation, for a rule that needs one.

        Raises:
            ConfigError: The objective does not use the goodness of layers.
        """
        if self.modulation is None:
            raise ConfigError(
                "the objective judges the whole network and gives no layer a goodness to learn "
                "by; use it with learning rule 'backprop', or choose another objective."
            )
        return self.modulation


class Objective(Protocol):
    """From the runs of layers to their modulation.

    Attributes:
        reading: Kind of readout of a network trained with it, see ``spikeff.ir.codes.Readout``;
            None where it depends on the negatives.
        contrast: Whether it compares presentations of one sample, and so needs negatives.
        phases_apart: Whether it can judge positives or negatives alone.
        of_layers: Whether it judges each layer by its goodness, not only the whole network.
    """

    reading: ClassVar[str | None]
    contrast: ClassVar[bool]
    phases_apart: ClassVar[bool]
    of_layers: ClassVar[bool]

    def judge(self, runs: Sequence[LayerRun], shown: Shown) -> list[Judgement]:
        """Judge layers, one judgement for each run.

        Args:
            runs: One run at a time from local rules; all of them from a rule that is not local, so
                that an objective may judge the layers together.
            shown: What was presented.
        """
        ...


OBJECTIVES: dict[str, type[Objective]] = {}


def register_objective(name: str, kind: type[Objective]) -> None:
    """Make the objective ``kind`` known to configurations by ``name``.

    Args:
        name: Not yet taken.
        kind: A dataclass that is an objective. Its fields, with their types and defaults, are what
            a configuration may set.

    Raises:
        ConfigError: The name is taken, or the class is not a dataclass or lacks a member.
    """
    register_dataclass("objective", OBJECTIVES, name, kind, Objective)


def get_objective(name: str) -> type[Objective]:
    """The class of objective ``name``; raises UnknownKindError."""
    if name not in OBJECTIVES:
        raise UnknownKindError("objective", name, OBJECTIVES)
    return OBJECTIVES[name]
