"""Connections: which neurons hear which, how strongly, and how many steps late."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spikeff.errors import DescriptionError
from spikeff.ir.arrays import Array, frozen_array
from spikeff.ir.roles import CONNECTION_ROLES, LEARNED, require_role

ONE_TO_ONE = "one_to_one"
DENSE = "dense"


@dataclass(frozen=True, eq=False)
class Connection:
    """Synapses from ``source`` to ``target``, ``delay`` local steps late.

    kind : "dense" with weights (target size, source size), or "one_to_one" with weights (size,).
    role : what the synapses are for (``spikeff.ir.roles``).
    """

    source: str
    target: str
    kind: str
    weights: Array
    delay: int = 0
    role: str = LEARNED

    def __post_init__(self) -> None:
        object.__setattr__(self, "weights", frozen_array(self.weights, np.float64))
        owner = f"connection {self.source}->{self.target}"
        require_role(owner, self.role, CONNECTION_ROLES)
        if self.kind not in (DENSE, ONE_TO_ONE):
            raise DescriptionError(
                f"{owner}: kind = {self.kind!r}; it must be 'dense' or 'one_to_one'."
            )
        if self.weights.ndim != (2 if self.kind == DENSE else 1):
            raise DescriptionError(
                f"{owner}: weights of shape {self.weights.shape} in {self.kind}."
            )
        bad = int((~np.isfinite(self.weights)).sum())
        if bad:
            raise DescriptionError(
                f"{owner}: {bad} of {self.weights.size} weights are not finite; "
                f"train again with a lower learning rate or repair the file."
            )
        if self.delay < 0:
            raise DescriptionError(f"{owner}: delay = {self.delay}; it must be >= 0.")
