"""Delays of a configuration: a delay for each synapse, learned or drawn once."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from spikeff.settings.kinds import Settings

MAX_DELAY = 62  # steps by which Loihi's synapses delay a spike at most (Davies et al. 2018)
ZERO: Literal["zero"] = "zero"
UNIFORM: Literal["uniform"] = "uniform"


class DelaySettings(Settings):
    """A delay of its own for each synapse. A whole number in its place is ``max_delay``.

    Attributes:
        max_delay: Most steps that a synapse delays a spike.
        learned: Whether training moves them; they stay as drawn if not.
        initial: "uniform", drawn from 0 to ``max_delay``, or "zero".
        gain: Factor on the learning rate of the weights; the product is the size of a step of Adam,
            in time steps.
        reach: Steps earlier and later than a synapse's delay at which the rule looks for agreement.
    """

    shorthand: ClassVar[str | None] = "max_delay"

    max_delay: int = Field(ge=1, le=MAX_DELAY)
    learned: bool = True
    initial: Literal["uniform", "zero"] = UNIFORM
    gain: float = Field(default=10.0, gt=0.0)
    reach: int = Field(default=1, ge=1, le=MAX_DELAY)
