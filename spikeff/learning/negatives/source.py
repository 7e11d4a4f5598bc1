"""The interface of a source of negatives, and the registry of sources by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

import torch

from spikeff.errors import UnknownKindError
from spikeff.learning.batch import Batch
from spikeff.learning.readout import ReadoutLearner
from spikeff.learning.registration import register_dataclass
from spikeff.nn.ff_network import FFNetwork
from spikeff.nn.presented import Presented


@dataclass(frozen=True, eq=False)
class Drawn:
    """What a batch shows to the network.

    Attributes:
        presented: Positives in the first row unless asleep, then negatives.
        hits: Right guesses of the readout, if it has learned from a separate pass; None if it is to
            learn from the presentations.
    """

    presented: Presented
    hits: int | None = None


class NegativeSource(Protocol):
    """Draws the presentations of a batch from the batch and the current model.

    Attributes:
        reading: Kind of readout of a network trained with them, unless the objective determines
            it: see ``spikeff.ir.codes.Readout``.
        labels_in_input: Whether labels are shown beside the datum.
        of_images: Whether they can be made from images only.
        asks_network: Whether the network is run to draw them; where a source does not say, it is.
    """

    reading: ClassVar[str]
    labels_in_input: ClassVar[bool]
    of_images: ClassVar[bool]

    def draw(
        self,
        network: FFNetwork,
        readout: ReadoutLearner,
        batch: Batch,
        generator: torch.Generator,
    ) -> Drawn:
        """Draw what the phase of ``batch`` shows.

        Args:
            network: May be run, and is not changed.
            readout: May be evaluated, and may learn from a separate pass.
            batch: Samples and labels.
            generator: The only source of random numbers.
        """
        ...


NEGATIVES: dict[str, type[NegativeSource]] = {}


def register_negatives(name: str, kind: type[NegativeSource]) -> None:
    """Make the source of negatives ``kind`` known to configurations by ``name``.

    Args:
        name: Not yet taken.
        kind: A dataclass that is a source. Its fields, with their types and defaults, are what a
            configuration may set.

    Raises:
        ConfigError: The name is taken, or the class is not a dataclass or lacks a member.
    """
    register_dataclass("negatives", NEGATIVES, name, kind, NegativeSource)


def get_negatives(name: str) -> type[NegativeSource]:
    """The class of negatives ``name``; raises UnknownKindError."""
    if name not in NEGATIVES:
        raise UnknownKindError("negatives", name, NEGATIVES)
    return NEGATIVES[name]
