"""Connections: a connectivity between two populations with its weights and its delay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from spikeff.errors import DescriptionError
from spikeff.ir.arrays import Array, frozen_array
from spikeff.ir.connectivity.base import Connectivity
from spikeff.ir.numbers import settle_numbers
from spikeff.ir.roles import CONNECTION_ROLES, LEARNED, require_role


@dataclass(frozen=True, eq=False)
class Connection:
    """Synapses from ``source`` to ``target`` with a delay.

    Attributes:
        source: Name of the source population, or ``input`` or ``blank``.
        target: Name of the target population.
        connectivity: Which synapses there are.
        weights: float64, of the shape that the connectivity asks for.
        delay: Local steps, at least 0.
        role: What the synapses are for (``spikeff.ir.roles``).

    Raises:
        DescriptionError: An unknown role, weights of another shape or not finite, or a negative
            delay.
    """

    source: str
    target: str
    connectivity: Connectivity
    weights: Array
    delay: int = 0
    role: str = LEARNED

    def __post_init__(self) -> None:
        object.__setattr__(self, "weights", frozen_array(self.weights, np.float64))
        owner = f"connection {self.source}->{self.target}"
        settle_numbers(owner, self)
        require_role(owner, self.role, CONNECTION_ROLES)
        require_weights(owner, self.connectivity, self.weights.shape)
        bad = int((~np.isfinite(self.weights)).sum())
        if bad:
            raise DescriptionError(
                f"{owner}: {bad} of {self.weights.size} weights are not finite; "
                f"train again with a lower learning rate or repair the file."
            )
        if self.delay < 0:
            raise DescriptionError(f"{owner}: delay = {self.delay}; it must be >= 0.")


def require_weights(owner: str, connectivity: Any, shape: tuple[int, ...]) -> None:
    """Raise DescriptionError, naming ``owner``, unless weights of ``shape`` are of this kind."""
    if not isinstance(connectivity, Connectivity):
        raise DescriptionError(
            f"{owner}: connectivity = {connectivity!r}; give a value of "
            f"spikeff.ir.connectivity, such as DENSE."
        )
    try:
        connectivity.ends(shape)
    except DescriptionError as error:
        raise DescriptionError(f"{owner}: {error}") from None
