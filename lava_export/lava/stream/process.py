"""The stream as a Lava process; what it does is in ``models``."""

from __future__ import annotations

from lava_export.lava import compat as lava_compat

lava_compat.ensure()

from lava.magma.core.process.ports.ports import OutPort  # noqa: E402
from lava.magma.core.process.process import AbstractProcess  # noqa: E402

from spikeff.ir.arrays import Array  # noqa: E402


class SpikeStream(AbstractProcess):  # type: ignore[misc]
    """Sends ``size`` channels' spikes, one row of ``rows`` per time step, then silence.

    Attributes:
        rows: uint8 (steps, ceil(size / 8)), the bits of ``numpy.packbits``.
    """

    def __init__(self, *, size: int, rows: Array) -> None:
        super().__init__(size=size, rows=rows)
        self.s_out = OutPort(shape=(size,))
