"""What an objective is, and the registry of objectives by name.

An objective turns the goodness of a layer into its modulation, the third factor of the local rule:
minus the derivative of the layer's loss by its goodness.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from torch import Tensor

from spikeff.errors import ConfigError, UnknownNameError
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
        batch: Samples of the whole batch, over which a loss is a mean.
        classes: Number of classes.
        phase: Which presentations there are.
        readout: The linear readout of the whole network; None beside a layer that stands alone.
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
    """What an objective says of one layer.

    Attributes:
        modulation: (presentations, columns), minus the derivative of the loss by each column's
            goodness; None where the loss is not one of goodness.
        positive: Mean goodness of positives; None where none were shown.
        negative: Mean goodness of negatives; None where none were shown.
        spike_error: Minus the derivative of the loss by each spike, where it is not by goodness; it
            broadcasts to (steps, presentations, neurons).
    """

    modulation: Tensor | None
    positive: float | None = None
    negative: float | None = None
    spike_error: Tensor | None = None

    def required_modulation(self) -> Tensor:
        """The modulation, for a rule that needs one.

        Raises:
            ConfigError: The objective has no goodness of a layer.
        """
        if self.modulation is None:
            raise ConfigError(
                "the objective judges the whole network and gives no layer a goodness to learn "
                "by; use it with learning rule 'backprop', or choose another objective."
            )
        return self.modulation


class Objective(Protocol):
    """Judges what layers did.

    Attributes:
        reading: How a network trained with it answers, see ``spikeff.ir.codes.Readout``; with
            None it depends on the negatives.
        contrast: Whether it compares presentations of one sample, and so needs negatives.
        phases_apart: Whether it can judge positives or negatives alone.
        of_layers: Whether it judges each layer by its goodness; else only the whole network.
    """

    reading: ClassVar[str | None]
    contrast: ClassVar[bool]
    phases_apart: ClassVar[bool]
    of_layers: ClassVar[bool]

    def judge(self, runs: Sequence[LayerRun], shown: Shown) -> list[Judgement]:
        """Judge layers, one judgement for each run.

        Local rules give one run at a time; a rule that is not local gives all of them, and an
        objective may then judge what they say together.
        """
        ...


OBJECTIVES: dict[str, type[Objective]] = {}


def register_objective(name: str, kind: type[Objective]) -> None:
    """Make ``kind`` the objective that configurations know as ``name``.

    Args:
        name: Not yet taken.
        kind: A dataclass that makes an objective. Its fields, with their types and
            defaults, are what a configuration may say of the objective.

    Raises:
        ConfigError: The name is taken, or the class is no dataclass or lacks something.
    """
    register_dataclass("objective", OBJECTIVES, name, kind, Objective)


def get_objective(name: str) -> type[Objective]:
    """The class of objective ``name``; raises UnknownNameError."""
    if name not in OBJECTIVES:
        raise UnknownNameError("objective", name, OBJECTIVES)
    return OBJECTIVES[name]
