"""The recorders as Lava processes; what they do is in ``models``."""

from __future__ import annotations

from pathlib import Path

from lava_export.lava import compat as lava_compat

lava_compat.ensure()

from lava.magma.core.process.ports.ports import InPort, RefPort  # noqa: E402
from lava.magma.core.process.process import AbstractProcess  # noqa: E402


class SpikeRecorder(AbstractProcess):  # type: ignore[misc]
    """Receives ``size`` neurons' spikes for ``steps`` time steps.

    At the last step it writes ``path``.npy: bool (steps, size).
    """

    def __init__(self, *, size: int, steps: int, path: Path) -> None:
        super().__init__(size=size, steps=steps, path=str(path))
        self.s_in = InPort(shape=(size,))


class StateRecorder(AbstractProcess):  # type: ignore[misc]
    """Reads ``size`` neurons' u and v after each of ``steps`` time steps.

    At the last step it writes ``path``.npy: (2, steps, size), u then v, int32 in fixed point and
    float64 in floating point.
    """

    def __init__(self, *, size: int, steps: int, path: Path) -> None:
        super().__init__(size=size, steps=steps, path=str(path))
        self.u_ref = RefPort(shape=(size,))
        self.v_ref = RefPort(shape=(size,))
