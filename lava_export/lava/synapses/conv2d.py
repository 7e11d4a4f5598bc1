"""A convolution: Lava's Conv where it computes the same bits, else Sparse.

Conv (``lava/proc/conv/models.py``) has no delay. In fixed point it knows neither exponent nor grid
of weights, wraps its sums at 24 bits and holds stride, padding and dilation in bytes. It convolves,
with the kernel flipped, and orders (columns, rows, channels), where our convolution correlates,
as torch does, and orders (channels, rows, columns).
"""

from __future__ import annotations

from lava_export.integers.network import IntegerConnection
from lava_export.lava.synapses.process import (
    LavaSynapses,
    lava_weights,
    sparse_synapses,
    synapses,
)
from spikeff.ir.connectivity import Connection, Conv2d

from lava.proc.conv.process import Conv  # isort: skip

SUM_MAX = 2**23 - 1
BYTE_MAX = 127


@synapses.register
def _(
    connectivity: Conv2d, connection: Connection | IntegerConnection, extra_delay: int
) -> LavaSynapses:
    if extra_delay or not _fits(connectivity, connection):
        return sparse_synapses(connection, extra_delay)
    flipped = lava_weights(connection)[:, :, ::-1, ::-1]
    process = Conv(
        weight=flipped.transpose(0, 3, 2, 1),
        input_shape=connectivity.source_shape[::-1],
        padding=connectivity.padding[::-1],
        stride=connectivity.stride[::-1],
        dilation=connectivity.dilation[::-1],
        groups=connectivity.groups,
    )
    return LavaSynapses(process, (connectivity.source_shape, connectivity.target_shape))


def _fits(kind: Conv2d, connection: Connection | IntegerConnection) -> bool:
    numbers = (*kind.kernel, *kind.stride, *kind.padding, *kind.dilation, kind.groups)
    if max(numbers) > BYTE_MAX:
        return False
    if isinstance(connection, Connection):
        return True
    return connection.weight_exp == 0 and kind.row_bound(connection.weights) <= SUM_MAX
