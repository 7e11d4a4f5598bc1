"""The check that every simulator makes of the spikes it is given."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from spikeff.errors import DescriptionError
from spikeff.ir.arrays import Array


class TakesInput(Protocol):
    """What a network says about its input: a description or its integers."""

    @property
    def steps(self) -> int:
        """Time steps of one sample."""
        ...

    @property
    def input_size(self) -> int:
        """Channels of the population ``input``."""
        ...


def require_input_spikes(network: TakesInput, inputs: Array) -> None:
    """Raise DescriptionError unless ``inputs`` is bool (steps, samples >= 1, input size)."""
    expected = (network.steps, network.input_size)
    given = np.shape(inputs)
    if len(given) != 3 or (given[0], given[2]) != expected or given[1] < 1:
        raise DescriptionError(
            f"inputs of shape {given} do not fit the network; it needs "
            f"({expected[0]} steps, at least one sample, {expected[1]} channels)."
        )
    if inputs.dtype != np.bool_:
        raise DescriptionError(
            f"inputs are {inputs.dtype}; spikes are bool: pass `inputs > 0` or encode them."
        )
