"""The same spike trains through every simulator; what cannot run here is named, not skipped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from spikeff.errors import LimitError, TargetUnavailableError
from spikeff.ir.arrays import Array
from spikeff.ir.network import NetworkDescription
from spikeff.ir.trace import SpikeTrace
from spikeff.pipeline import Report
from spikeff.pipeline.fidelity.membrane import Membrane, float_membrane, integer_membrane
from spikeff.references import floats

if TYPE_CHECKING:
    from hw_targets.target import Saturation
    from lava_export.integers.network import IntegerNetwork

PLAIN = "floats"  # in Norse's place where Norse is not installed
FLOATS = ("norse", "brian2", "lava-float")
INTEGERS = ("emulator", "lava", "brian2-integers")


@dataclass
class Traces:
    """Traces by simulator, in windows of ``steps`` steps for floats and of the period in integers.

    Attributes:
        unsupported: Why a simulator or step could not run, by its name.
    """

    floats: dict[str, SpikeTrace] = field(default_factory=dict)
    integers: dict[str, SpikeTrace] = field(default_factory=dict)
    membranes: dict[str, Membrane] = field(default_factory=dict)
    saturation: dict[str, Saturation] = field(default_factory=dict)
    unsupported: dict[str, str] = field(default_factory=dict)

    @property
    def reference(self) -> SpikeTrace:
        """The floats that training and integers are compared with."""
        return self.floats["norse" if "norse" in self.floats else PLAIN]


def run_floats(
    description: NetworkDescription, inputs: Array, traces: Traces, report: Report
) -> None:
    """Norse, Brian2 and Lava in floating point, with u and v."""

    def norse() -> SpikeTrace:
        from spikeff.references import norse as norse_reference

        return norse_reference.run(description, inputs, record_states=True)

    def brian2() -> SpikeTrace:
        from spikeff.references import brian2 as brian2_reference

        return brian2_reference.run(description, inputs, record_states=True)

    def lava() -> SpikeTrace:
        from hw_targets.lava import choice
        from hw_targets.registry import get_target
        from lava_export.quantize.blanking import with_blanking

        get_target("lava")
        run = choice.run_float(with_blanking(description), inputs, record_states=True)
        return run.trace.window(description.steps)

    for name, simulate in zip(FLOATS, (norse, brian2, lava), strict=True):
        report(name, len(traces.floats), len(FLOATS) + len(INTEGERS))
        trace = _attempt(name, simulate, traces)
        if trace is not None:
            traces.floats[name] = trace
            traces.membranes[name] = float_membrane(description, trace)
    if "norse" not in traces.floats:
        traces.floats[PLAIN] = floats.run(description, inputs, record_states=True)
        traces.membranes[PLAIN] = float_membrane(description, traces.floats[PLAIN])


def run_integers(network: IntegerNetwork, inputs: Array, traces: Traces, report: Report) -> None:
    """Emulator, Lava in fixed point and Brian2's integer model, with u and v."""

    def emulator() -> SpikeTrace:
        from hw_targets.registry import get_target

        run = get_target("emulator").run(network, inputs, record_states=True)
        traces.saturation.update(run.saturation)
        return run.trace

    def lava() -> SpikeTrace:
        from hw_targets.registry import get_target

        return get_target("lava").run(network, inputs, record_states=True).trace

    def brian2() -> SpikeTrace:
        from spikeff.references import brian2_integers

        return brian2_integers.run(network, inputs)

    for name, simulate in zip(INTEGERS, (emulator, lava, brian2), strict=True):
        done = len(FLOATS) + len(traces.integers)
        report(name, done, len(FLOATS) + len(INTEGERS))
        trace = _attempt(name, simulate, traces)
        if trace is not None:
            traces.integers[name] = trace
            traces.membranes[name] = integer_membrane(network, trace, inputs=inputs)


def _attempt(name: str, simulate: Callable[[], SpikeTrace], traces: Traces) -> SpikeTrace | None:
    try:
        return simulate()
    except (LimitError, TargetUnavailableError) as error:
        traces.unsupported[name] = str(error)
        return None
