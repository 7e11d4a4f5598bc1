"""Targets: what an integer network can run on, each behind the same two questions.

A target says what it lacks here (``missing``) and runs a network (``run``). Its heavy modules
are imported when it runs, never before.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Protocol

from lava_export.integers.network import IntegerNetwork
from spikeff.ir.arrays import Array
from spikeff.ir.trace import SpikeTrace


@dataclass
class Saturation:
    """How often registers of a population were too narrow, over all steps, samples and neurons.

    Attributes:
        u_wraps: How often u left 24 bits and wrapped.
        v_clips: How often v would have left them and was clipped.
    """

    u_wraps: int = 0
    v_clips: int = 0

    def add(self, u_wraps: int, v_clips: int) -> None:
        """Count another step."""
        self.u_wraps += u_wraps
        self.v_clips += v_clips


@dataclass(frozen=True, eq=False)
class TargetRun:
    """What a target did.

    Attributes:
        seconds: Duration of the run alone, without compilation.
        measured: What a board's profiler reported, by name and unit; empty for simulations.
        saturation: Counters by population, from targets that count.
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
