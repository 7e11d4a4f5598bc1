"""One spike per neuron and sample: each neuron inhibits itself for the rest of it."""

from __future__ import annotations

import numpy as np

from spikeff.ir.bounds import self_inhibition_weight
from spikeff.ir.connectivity import ONE_TO_ONE, Connection
from spikeff.ir.network import NetworkDescription
from spikeff.ir.roles import SELF_INHIBITION


def self_inhibition(description: NetworkDescription, name: str) -> Connection:
    """The connection that lets every neuron of a population spike once per sample.

    Args:
        description: The network without it.
        name: The population.

    Raises:
        LimitError: The current decays completely within a step, so that no weight suffices.
    """
    size = description.sizes[name]
    weight = self_inhibition_weight(description, name)
    return Connection(name, name, ONE_TO_ONE, np.full(size, -weight), delay=1, role=SELF_INHIBITION)
