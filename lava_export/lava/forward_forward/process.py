"""The neurons as a Lava process; what they do is in ``models``."""

from __future__ import annotations

from collections.abc import Sequence

from lava_export.lava import compat as lava_compat

lava_compat.ensure()

from lava.magma.core.process.ports.ports import InPort, OutPort  # noqa: E402
from lava.magma.core.process.process import AbstractProcess  # noqa: E402
from lava.magma.core.process.variable import Var  # noqa: E402

from lava_export.integers.network import IntegerPopulation  # noqa: E402
from lava_export.plastic.forward_forward import BIAS_BITS, Program  # noqa: E402


class ForwardForwardNeurons(AbstractProcess):  # type: ignore[misc]
    """A layer that learns: LIF neurons, and what they send to the learning engine.

    The ports are those of Lava's learning neurons: spikes back to the synapses, and y1, y2 and y3.
    """

    def __init__(
        self,
        *,
        layer: IntegerPopulation,
        inhibition: int,
        program: Program,
        positive: Sequence[bool],
    ) -> None:
        """Set up.

        Args:
            layer: Its time constants, threshold and columns.
            inhibition: What a neuron's own spike takes from its current one step later.
            program: What it computes beside.
            positive: Whether goodness is to rise, for one sample after the other.
        """
        super().__init__(
            layer=layer, inhibition=inhibition, program=program, positive=tuple(positive)
        )
        shape = (layer.size,)
        self.a_in = InPort(shape=shape)
        self.s_out_bap = OutPort(shape=shape)
        self.s_out_y1 = OutPort(shape=shape)
        self.s_out_y2 = OutPort(shape=shape)
        self.s_out_y3 = OutPort(shape=shape)
        self.u = Var(shape=shape, init=0)
        self.v = Var(shape=shape, init=0)
        self.average = Var(shape=shape, init=0)
        self.bias = Var(shape=shape, init=layer.bias_mant.astype(int) << BIAS_BITS)
