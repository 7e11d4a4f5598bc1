"""The two ends of a network: its input and its answer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Ends:
    """The two ends of a network: its input and its answer.

    Attributes:
        pixels: Channels that carry the datum.
        classes: Number of answers.
        reading: Kind of answer, see ``spikeff.ir.codes.Readout``.
    """

    pixels: int
    classes: int
    reading: str
