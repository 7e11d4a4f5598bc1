"""Synapses as a Lava process: by the kind of connectivity, Sparse where none is registered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import singledispatch
from typing import Any

import numpy as np

from lava_export.integers.network import IntegerConnection
from lava_export.lava import compat as lava_compat
from spikeff.ir.arrays import Array
from spikeff.ir.connectivity import Connection, Connectivity

lava_compat.ensure()

from lava.proc.sparse.process import DelaySparse, Sparse  # noqa: E402
from lava.utils.weightutils import SignMode  # noqa: E402
from scipy.sparse import csr_matrix  # noqa: E402

Grid = tuple[int, int, int]


@dataclass(frozen=True, eq=False)
class LavaSynapses:
    """A process with ports ``s_in`` and ``a_out``.

    Attributes:
        process: the Lava process.
        grids: (channels, rows, columns) of source and target where the ports are (columns, rows,
            channels), as Lava numbers them; None where they count neurons.
    """

    process: Any
    grids: tuple[Grid, Grid] | None = None

    def join(self, spikes: Any, current: Any) -> None:
        """Connect the port that ``spikes`` leave from, and the one where ``current`` arrives."""
        arriving, driven = self.process.s_in, self.process.a_out
        if self.grids is not None:
            spikes = spikes.reshape(self.grids[0]).transpose((2, 1, 0))
            driven = driven.transpose((2, 1, 0)).flatten()
        spikes.connect(arriving)
        driven.connect(current)


@singledispatch
def synapses(
    connectivity: Connectivity, connection: Connection | IntegerConnection, extra_delay: int
) -> LavaSynapses:
    """Lava's process of a connection.

    Args:
        connectivity: that of the connection, by whose type a process is chosen.
        connection: in floats or in integers.
        extra_delay: steps that it waits beyond the one that Lava always takes.
    """
    return sparse_synapses(connection, extra_delay)


def sparse_synapses(connection: Connection | IntegerConnection, extra_delay: int) -> LavaSynapses:
    """The synapses one by one, whatever the connectivity."""
    return listed_synapses([connection], [extra_delay])


def listed_synapses(
    connections: Sequence[Connection | IntegerConnection], extra_delays: Sequence[int]
) -> LavaSynapses:
    """One list of the synapses of several connections, each with the delay of its own.

    Args:
        connections: As of ``lava_export.integers.lists.synapse_lists``.
        extra_delays: steps that each waits beyond the one that Lava always takes.
    """
    first = connections[0]
    parts = [c.connectivity.stored(lava_weights(c)) for c in connections]
    post, pre, values = (np.concatenate(each) for each in zip(*parts, strict=True))
    ends = first.connectivity.ends(first.weights.shape)
    stored, options = csr_matrix((values, (post, pre)), shape=ends), weight_format(first)
    if not any(extra_delays):
        return LavaSynapses(Sparse(weights=stored, **options))
    late = np.repeat(extra_delays, [len(part[0]) for part in parts])
    delays = csr_matrix((late, (post, pre)), shape=ends)
    return LavaSynapses(DelaySparse(weights=stored, delays=delays, **options))


def lava_weights(connection: Connection | IntegerConnection) -> Array:
    """Weights in the type that Lava computes with."""
    exact = isinstance(connection, IntegerConnection)
    return connection.weights.astype(np.int32) if exact else connection.weights


def weight_format(connection: Connection | IntegerConnection) -> dict[str, Any]:
    """Format of integer weights. Lava guesses the sign mode, and the grid, without it."""
    if isinstance(connection, Connection):
        return {}
    return {
        "num_weight_bits": connection.weight_bits,
        "weight_exp": connection.weight_exp,
        "sign_mode": SignMode[connection.sign_mode.upper()],
    }
