"""How the integers of a network were chosen: a part of it, since reports compare by it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from spikeff.errors import DescriptionError
from spikeff.ir.numbers import settle_numbers


@dataclass(frozen=True)
class Scaling:
    """How one population becomes integers.

    Attributes:
        scale: Integer units of weight per unit of the description's weights.
        by_source: Give sources whose weights leave the grid an exponent of their own, instead of
            clipping these weights.
        threshold: Factor on the threshold.
        du: Decay of the current in 1/4096, as Lava takes it.
        dv: Decay of the potential in 1/4096, as Lava takes it.
        limited_by: What keeps the scale from being larger.
    """

    scale: float
    du: int
    dv: int
    by_source: bool = False
    threshold: float = 1.0
    limited_by: str = "weights"

    def __post_init__(self) -> None:
        settle_numbers("scaling", self)


@dataclass(frozen=True)
class Quantization:
    """How a network was quantised.

    Attributes:
        weight_bits: Bits of the learned weights, 1 to 9.
        scalings: Population of the description -> its scaling.
    """

    weight_bits: int
    scalings: Mapping[str, Scaling]

    def __post_init__(self) -> None:
        settle_numbers("quantization", self)

    def of(self, population: str) -> Scaling:
        """The scaling of ``population``; DescriptionError lists those that exist."""
        if population not in self.scalings:
            raise DescriptionError(
                f"quantization: population {population!r} has no scaling; it holds "
                f"{sorted(self.scalings)}: quantise the network again."
            )
        return self.scalings[population]
