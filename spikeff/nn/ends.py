"""What a network is built between."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Ends:
    """What a network is built between.

    Attributes:
        pixels: Channels that carry the datum.
        classes: Number of answers.
        reading: Kind of answer, see ``spikeff.ir.codes.Readout``.
    """

    pixels: int
    classes: int
    reading: str
