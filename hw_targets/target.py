"""Targets: what an integer network can run on, each behind the same two questions.

A target says what it lacks here (``missing``) and runs a network (``run``). Its heavy modules
are imported when it runs, never before.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Protocol

from lava_export.integer_network import IntegerNetwork
from spikeff.description import Array
from spikeff.errors import ConfigError, TargetUnavailableError, UnknownNameError
from spikeff.trace import SpikeTrace


@dataclass
class Saturation:
    """How often registers of a population were too narrow, over all steps, samples and neurons.

    u_wraps : u left 24 bits and wrapped.   v_clips : v would have left them and was clipped.
    """

    u_wraps: int = 0
    v_clips: int = 0

    def add(self, u_wraps: int, v_clips: int) -> None:
        """Count another step."""
        self.u_wraps += u_wraps
        self.v_clips += v_clips


@dataclass(frozen=True, eq=False)
class TargetRun:
    """What a target did. seconds : the run alone, without compilation.

    measured : what a board's profiler reported, by name and unit; empty for simulations.
    saturation : population -> counters, from targets that count.
    """

    trace: SpikeTrace
    seconds: float
    measured: dict[str, float] = field(default_factory=dict)
    saturation: dict[str, Saturation] = field(default_factory=dict)


# Populations whose u and v are recorded: all, none, or those named.
Recorded = bool | Collection[str]


def recorded_names(names: Iterable[str], recorded: Recorded) -> list[str]:
    """Those of the populations ``names`` whose states are recorded, in order."""
    if isinstance(recorded, bool):
        return list(names) if recorded else []
    return [name for name in names if name in recorded]


class Target(Protocol):
    """Something that runs integer networks."""

    @property
    def name(self) -> str:
        """Name in the registry."""
        ...

    def missing(self) -> str | None:
        """None where the target can run here, else what is missing and how to get it."""
        ...

    def run(
        self, network: IntegerNetwork, inputs: Array, record_states: Recorded = False
    ) -> TargetRun:
        """Run ``inputs``, bool (steps, samples, input size); the trace has ``period`` steps."""
        ...


class EmulatorTarget:
    """The exact NumPy model of Lava's fixed point; runs everywhere."""

    name = "emulator"

    def missing(self) -> str | None:
        """Nothing is ever missing."""
        return None

    def run(
        self, network: IntegerNetwork, inputs: Array, record_states: Recorded = False
    ) -> TargetRun:
        """See :func:`hw_targets.emulator.run`."""
        from hw_targets import emulator

        return emulator.run(network, inputs, record_states)


class LavaTarget:
    """Lava's own bit-accurate models on this processor."""

    name = "lava"

    def missing(self) -> str | None:
        """Say how to install Lava where it is absent."""
        from lava_export import lava_compat

        return lava_compat.missing()

    def run(
        self, network: IntegerNetwork, inputs: Array, record_states: Recorded = False
    ) -> TargetRun:
        """See :func:`hw_targets.lava_cpu.run_integer`."""
        from hw_targets import lava_cpu

        return lava_cpu.run_integer(network, inputs, record_states)


class Loihi2Target:
    """A Loihi 2 board, over Slurm or Ethernet. No board was at hand to check a run against."""

    name = "loihi2"

    def missing(self) -> str | None:
        """Say what stands between this machine and a board."""
        from hw_targets import board_settings

        return board_settings.missing()

    def run(
        self, network: IntegerNetwork, inputs: Array, record_states: Recorded = False
    ) -> TargetRun:
        """See :func:`hw_targets.loihi2.run_integer`; states stay on the chip."""
        missing = self.missing()
        if missing is not None:
            raise TargetUnavailableError(f"target 'loihi2' cannot run here: {missing}")
        from hw_targets import loihi2

        return loihi2.run_integer(network, inputs)


TARGETS: dict[str, Target] = {
    target.name: target for target in (EmulatorTarget(), LavaTarget(), Loihi2Target())
}


def register_target(target: Target) -> None:
    """Make ``target`` one that ``spikeff run --target`` and :func:`get_target` know by its name.

    Raises ConfigError where the name is taken.
    """
    if target.name in TARGETS:
        raise ConfigError(f"target {target.name!r} is registered already; choose another name.")
    TARGETS[target.name] = target


def get_target(name: str) -> Target:
    """Return the target ``name``, ready to run.

    Raises UnknownNameError where no such target exists and TargetUnavailableError where it
    cannot run here.
    """
    if name not in TARGETS:
        raise UnknownNameError("target", name, TARGETS)
    target = TARGETS[name]
    missing = target.missing()
    if missing is not None:
        raise TargetUnavailableError(f"target {name!r} cannot run here: {missing}")
    return target
