"""Integer networks on a Loihi 2 board, through Lava's ``Loihi2HwCfg`` and Intel's extension.

Spikes cross the chip's border through the extension's adapters; the same streams and recorders as
in simulation stand on the host's side. The extension is not public: this module was written to
its documented interface and run against stand-ins, never on a board.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from hw_targets.lava import cpu as lava_cpu
from hw_targets.loihi2.settings import BoardSettings, from_environment
from hw_targets.target import TargetRun
from lava_export.integers.network import IntegerNetwork
from lava_export.lava import compat as lava_compat
from lava_export.lava.graph import integer_graph
from spikeff.errors import TargetUnavailableError
from spikeff.ir.arrays import Array
from spikeff.ir.inputs import require_input_spikes

# Attributes of the extension's profilers, with the unit of each.
POWER = {
    "total_power": "total power / W",
    "vdd_power": "neuro-core power / W",
    "vddm_power": "memory power / W",
    "vddio_power": "input and output power / W",
    "static_total_power": "static power / W",
}
TIME = {"time_per_step": "time per step / us"}


class _Border:
    """The extension's adapters between the host's Python and the chip."""

    def into_chip(self, size: int) -> Any:
        from lava.proc import embedded_io

        return embedded_io.spike.PyToNxAdapter(shape=(size,))

    def out_of_chip(self, size: int) -> Any:
        from lava.proc import embedded_io

        return embedded_io.spike.NxToPyAdapter(shape=(size,))


def run_integer(
    network: IntegerNetwork, inputs: Array, settings: BoardSettings | None = None
) -> TargetRun:
    """Run ``inputs`` on a board.

    Args:
        inputs: bool (steps, samples, input size).
        settings: How to reach it; from the environment where left out.

    Raises:
        TargetUnavailableError: The board cannot be reached.
    """
    require_input_spikes(network, inputs)
    chosen = settings or from_environment()
    _reach(chosen)
    with lava_compat.untouched_root_logger():
        graph = integer_graph(network, inputs, _Border(), chosen.input_latency)
        config, profilers = _config(graph.timing.total)
        run = lava_cpu.run_graph("loihi2", graph, False, config)
    return TargetRun(run.trace, run.seconds, _measured(profilers))


def _reach(settings: BoardSettings) -> None:
    from lava.utils import loihi

    generation = loihi.ChipGeneration[settings.generation]
    try:
        if settings.host is not None:
            loihi.use_ethernet_host(settings.host, settings.host_binary, generation)
        else:
            loihi.use_slurm_host(settings.partition, settings.board, generation)
    except (ImportError, ValueError) as error:
        raise TargetUnavailableError(f"no Loihi 2 board can be reached: {error}") from None


def _config(steps: int) -> tuple[Any, list[tuple[Any, dict[str, str]]]]:
    from lava.magma.core.run_configs import Loihi2HwCfg
    from lava.utils import loihi2_profiler

    power = loihi2_profiler.Loihi2Power(num_steps=steps)
    time = loihi2_profiler.Loihi2ExecutionTime()
    return Loihi2HwCfg(callback_fxs=[power, time]), [(power, POWER), (time, TIME)]


def _measured(profilers: list[tuple[Any, dict[str, str]]]) -> dict[str, float]:
    """Means over the run of the figures that the profilers have."""
    means = {}
    for profiler, names in profilers:
        for attribute, label in names.items():
            value = getattr(profiler, attribute, None)
            if value is not None and np.size(value):
                means[label] = float(np.mean(value))
    return means
