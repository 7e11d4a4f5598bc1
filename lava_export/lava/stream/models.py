"""What the stream does in each time step, for fixed and floating point alike."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_export.lava import compat as lava_compat

lava_compat.ensure()

from lava.magma.core.decorator import implements, requires, tag  # noqa: E402
from lava.magma.core.model.py.model import PyLoihiProcessModel  # noqa: E402
from lava.magma.core.model.py.ports import PyOutPort  # noqa: E402
from lava.magma.core.model.py.type import LavaPyType  # noqa: E402
from lava.magma.core.resources import CPU  # noqa: E402
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol  # noqa: E402

from lava_export.lava.stream.process import SpikeStream  # noqa: E402


class AbstractSpikeStreamModel(PyLoihiProcessModel):  # type: ignore[misc]
    """Unpacks one row per step."""

    s_out: Any = None
    dtype: type

    def __init__(self, proc_params: Any) -> None:
        super().__init__(proc_params)
        self.rows = proc_params["rows"]
        self.size = proc_params["size"]
        self.silence: NDArray[Any] = np.zeros(self.size, self.dtype)

    def run_spk(self) -> None:
        """Send the spikes of this step."""
        step = self.time_step - 1
        if step < len(self.rows):
            bits = np.unpackbits(self.rows[step], count=self.size)
            self.s_out.send(bits.astype(self.dtype))
        else:
            self.s_out.send(self.silence)


@implements(proc=SpikeStream, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt")
class SpikeStreamModelFixed(AbstractSpikeStreamModel):
    """Spikes as int32."""

    s_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32)
    dtype = np.int32


@implements(proc=SpikeStream, protocol=LoihiProtocol)
@requires(CPU)
@tag("floating_pt")
class SpikeStreamModelFloat(AbstractSpikeStreamModel):
    """Spikes as float64."""

    s_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, float)
    dtype = np.float64
