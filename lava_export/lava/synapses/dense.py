"""A matrix: Lava's Dense and DelayDense, or its Sparse where that takes less memory on a chip."""

from __future__ import annotations

from lava_export.integers.network import IntegerConnection
from lava_export.lava.synapses.process import (
    LavaSynapses,
    lava_weights,
    sparse_synapses,
    synapses,
    weight_format,
)
from lava_export.mapping.packing import SPARSE_FORMAT, smaller_format
from spikeff.ir.connectivity import Connection, Dense

from lava.proc.dense.process import DelayDense  # isort: skip
from lava.proc.dense.process import Dense as LavaDense  # isort: skip


@synapses.register
def _(
    connectivity: Dense, connection: Connection | IntegerConnection, extra_delay: int
) -> LavaSynapses:
    weights, options = lava_weights(connection), weight_format(connection)
    if extra_delay:
        return LavaSynapses(DelayDense(weights=weights, delays=extra_delay, **options))
    # Without integers there is no chip: matrices are dense.
    if isinstance(connection, IntegerConnection) and smaller_format(connection) == SPARSE_FORMAT:
        return sparse_synapses(connection, extra_delay)
    return LavaSynapses(LavaDense(weights=weights, **options))
