"""What the neurons do in each time step, on a CPU, in whole numbers.

Of a sample, whose first input comes in time step 1: the layer's step k is time step k + 2, what its
neurons send about it goes out in k + 3, the modulation in the second step after the last of these
and what clears the tags one later.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lava_export.lava import compat as lava_compat

lava_compat.ensure()

from lava.magma.core.decorator import implements, requires, tag  # noqa: E402
from lava.magma.core.model.py.model import PyLoihiProcessModel  # noqa: E402
from lava.magma.core.model.py.ports import PyInPort, PyOutPort  # noqa: E402
from lava.magma.core.model.py.type import LavaPyType  # noqa: E402
from lava.magma.core.resources import CPU  # noqa: E402
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol  # noqa: E402

from lava_export.chips import limits  # noqa: E402
from lava_export.lava.forward_forward.process import ForwardForwardNeurons  # noqa: E402
from lava_export.plastic.forward_forward import (  # noqa: E402
    AFTER_SAMPLE,
    AVERAGE_BITS,
    AVERAGE_SHIFT,
    BIAS_BITS,
    BIAS_DOWN,
    BIAS_MOST,
    BIAS_UP,
    LAG,
    LARGEST,
    PERIOD,
    PSI_ONE,
    PSI_SHIFT,
    RESET,
    SLOPE_SHIFT,
    ZERO,
)
from spikeff.ir.arrays import Array  # noqa: E402


@implements(proc=ForwardForwardNeurons, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt")
class ForwardForwardNeuronsModel(PyLoihiProcessModel):  # type: ignore[misc]
    """LIF, mates counted one step later, modulation from the coincidences of all columns."""

    a_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int32)
    s_out_bap: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, bool)
    s_out_y1: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32)
    s_out_y2: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32)
    s_out_y3: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32)
    u: Array = LavaPyType(np.ndarray, np.int64)
    v: Array = LavaPyType(np.ndarray, np.int64)
    average: Array = LavaPyType(np.ndarray, np.int64)
    bias: Array = LavaPyType(np.ndarray, np.int64)

    def __init__(self, proc_params: Any) -> None:
        super().__init__(proc_params)
        self.layer, self.program = proc_params["layer"], proc_params["program"]
        self.inhibition, self.positive = proc_params["inhibition"], proc_params["positive"]
        self._clear()

    def run_spk(self) -> None:
        """Send what is due, then take the step's current."""
        arrived = self.a_in.recv().astype(np.int64)
        now = (self.time_step - 1) % PERIOD + 1
        if now == 1:
            self._clear()
            self.u[:] = self.v[:] = 0
        self._send(now)
        if 0 <= now - LAG + 1 < self.program.steps:
            self._integrate(arrived)
            self._count()

    def _clear(self) -> None:
        """Forget the sample before."""
        size = self.layer.size
        self._spikes, self._message = np.zeros(size, np.bool_), np.zeros(size, np.int64)
        self._eligible, self._fired = np.zeros(size, np.bool_), np.zeros(size, np.bool_)
        self._meetings, self._counted = 0, np.zeros(self.program.columns, np.int64)

    def _send(self, now: int) -> None:
        """Messages of a time step of the sample: y1 of the step before, y3 or y2."""
        size, last = self.layer.size, self.program.steps - 1 + LAG
        back, y1 = np.zeros(size, np.bool_), np.full(size, ZERO)
        y2, y3 = np.zeros(size, np.int64), np.full(size, ZERO)
        if LAG <= now <= last:
            y1, back = ZERO + self._message, self._message != 0
        elif now == last + AFTER_SAMPLE - 1:
            modulation = self._modulation()
            y3, back = y3 + modulation, self._eligible & (modulation != 0)
        elif now == last + AFTER_SAMPLE:
            y2, back = np.full(size, RESET), self._eligible
            self._follow_spikes()
        self.s_out_bap.send(back)
        for port, message in ((self.s_out_y1, y1), (self.s_out_y2, y2), (self.s_out_y3, y3)):
            port.send(message)

    def _follow_spikes(self) -> None:
        """Move biases, at the end of a sample."""
        most = BIAS_MOST << BIAS_BITS
        moved = self.bias + BIAS_UP - (BIAS_UP + BIAS_DOWN) * self._fired
        self.bias[:] = np.clip(moved, -most, most)

    def _modulation(self) -> int:
        beyond = self.program.steps * self._meetings - (self._counted * (self._counted - 1)).sum()
        sample = (self.time_step - 1) // PERIOD
        return int(self.program.modulation(beyond, self.positive[sample]))

    def _integrate(self, arrived: Array) -> None:
        keep_u = limits.DECAY_UNITY - self.layer.du - limits.DS_OFFSET
        keep_v = limits.DECAY_UNITY - self.layer.dv
        drive = (arrived << limits.ACTIVATION_SHIFT) - self.inhibition * self._spikes
        self.u[:] = _decayed(self.u, keep_u) + drive
        high = limits.STATE_MAX - 1
        bias = self.bias >> BIAS_BITS << self.layer.bias_exp
        self.v[:] = np.clip(_decayed(self.v, keep_v) + self.u + bias, -high, high)
        threshold = self.layer.vth << limits.VTH_SHIFT
        self._psi = np.maximum(PSI_ONE - (abs(self.v - threshold) >> PSI_SHIFT), 0)
        self._spikes = self.v > threshold
        self.v[self._spikes] = 0
        self._fired |= self._spikes

    def _count(self) -> None:
        """Mates of this step, what is sent about them, and how many are usual."""
        counts = self._spikes.reshape(self.program.columns, -1).sum(axis=1)
        self._meetings += int((counts * (counts - 1)).sum())
        self._counted += counts
        mates: Array = np.repeat(counts, self.program.column_size) - self._spikes
        beyond = (mates << 8) - (self.average >> (AVERAGE_BITS - 8))
        value = (self._psi * beyond + (1 << (SLOPE_SHIFT - 1))) >> SLOPE_SHIFT
        self._message = np.clip(value, -LARGEST, LARGEST)
        self._eligible |= self._message != 0
        self.average[:] += ((mates << AVERAGE_BITS) - self.average) >> AVERAGE_SHIFT


def _decayed(state: Array, keep: int) -> Array:
    """Towards zero, as Lava's neurons round."""
    return np.asarray(np.sign(state) * (abs(state) * keep // limits.DECAY_UNITY))
