"""Connections: a connectivity between two populations with its weights and its delay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from spikeff.errors import DescriptionError, LimitError
from spikeff.ir.arrays import Array, frozen_array
from spikeff.ir.connectivity.base import Connectivity
from spikeff.ir.numbers import settle_numbers
from spikeff.ir.plasticity import Plasticity
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
        plasticity: How they change where a learning engine runs; None where they do not.

    Raises:
        DescriptionError: An unknown role, weights of another shape or not finite, or a negative
            delay.
        LimitError: Plasticity where no engine could change the synapses.
    """

    source: str
    target: str
    connectivity: Connectivity
    weights: Array
    delay: int = 0
    role: str = LEARNED
    plasticity: Plasticity | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "weights", frozen_array(self.weights, np.float64))
        owner = f"connection {self.source}->{self.target}"
        settle_numbers(owner, self)
        require_role(owner, self.role, CONNECTION_ROLES)
        require_weights(owner, self.connectivity, self.weights.shape)
        require_plastic(owner, self)
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


def require_plastic(owner: str, connection: Any) -> None:
    """Check that an engine could change the synapses of a connection, where they are plastic.

    Args:
        owner: The connection, for the message.
        connection: In floats or in integers.

    Raises:
        LimitError: Its synapses share weights, or its rule changes the delay that it uses.
    """
    rule = connection.plasticity
    if rule is None:
        return
    if not connection.connectivity.is_matrix:
        raise LimitError(
            f"{owner}: plasticity with connectivity {connection.connectivity.name!r}; the engine "
            f"changes synapses that have a weight each, in a matrix: make it dense."
        )
    if rule.dd and connection.delay:
        raise LimitError(
            f"{owner}: plasticity dd = {rule.dd!r} beside delay = {connection.delay}; the engine "
            f"keeps d where the delay is: use a delay of 0, or a rule without dd."
        )
