"""What the recorders do in each phase of a time step."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from lava_export.lava import compat as lava_compat

lava_compat.ensure()

from lava.magma.core.decorator import implements, requires, tag  # noqa: E402
from lava.magma.core.model.py.model import PyLoihiProcessModel  # noqa: E402
from lava.magma.core.model.py.ports import PyInPort, PyRefPort  # noqa: E402
from lava.magma.core.model.py.type import LavaPyType  # noqa: E402
from lava.magma.core.resources import CPU  # noqa: E402
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol  # noqa: E402

from hw_targets.lava.probe.process import SpikeRecorder, StateRecorder  # noqa: E402


@implements(proc=SpikeRecorder, protocol=LoihiProtocol)
@requires(CPU)
class SpikeRecorderModel(PyLoihiProcessModel):  # type: ignore[misc]
    """Keeps the spikes of every step."""

    s_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int32)

    def __init__(self, proc_params: Any) -> None:
        super().__init__(proc_params)
        self.record = np.zeros((proc_params["steps"], proc_params["size"]), np.bool_)

    def run_spk(self) -> None:
        """Store what the neurons sent in this step."""
        self.record[self.time_step - 1] = self.s_in.recv() != 0
        if self.time_step == len(self.record):
            np.save(self.proc_params["path"], self.record)


class AbstractStateRecorderModel(PyLoihiProcessModel):  # type: ignore[misc]
    """Keeps u and v as they are once all neurons have finished the step."""

    u_ref: Any = None
    v_ref: Any = None
    dtype: ClassVar[type]

    def __init__(self, proc_params: Any) -> None:
        super().__init__(proc_params)
        shape = (2, proc_params["steps"], proc_params["size"])
        self.record: NDArray[Any] = np.zeros(shape, self.dtype)

    def post_guard(self) -> bool:
        """Ask for the phase in which states may be read, at every step."""
        return True

    def run_post_mgmt(self) -> None:
        """Store the states after this step."""
        self.record[0, self.time_step - 1] = self.u_ref.read()
        self.record[1, self.time_step - 1] = self.v_ref.read()
        if self.time_step == self.record.shape[1]:
            np.save(self.proc_params["path"], self.record)


@implements(proc=StateRecorder, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt")
class StateRecorderModelFixed(AbstractStateRecorderModel):
    """States in fixed point."""

    u_ref: PyRefPort = LavaPyType(PyRefPort.VEC_DENSE, np.int32)
    v_ref: PyRefPort = LavaPyType(PyRefPort.VEC_DENSE, np.int32)
    dtype = np.int32


@implements(proc=StateRecorder, protocol=LoihiProtocol)
@requires(CPU)
@tag("floating_pt")
class StateRecorderModelFloat(AbstractStateRecorderModel):
    """States in floating point."""

    u_ref: PyRefPort = LavaPyType(PyRefPort.VEC_DENSE, float)
    v_ref: PyRefPort = LavaPyType(PyRefPort.VEC_DENSE, float)
    dtype = np.float64
