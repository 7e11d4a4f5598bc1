"""Lava's runtime, or Lava's models in this process where the runtime would start too many.

Lava runs each population, each connection and each recorder in a process of the operating system
that holds a copy of the whole program; a network imported with time constants of its own for every
neuron has hundreds of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hw_targets.lava import cpu, direct
from hw_targets.target import Recorded, TargetRun, recorded_names
from lava_export.integers.lists import synapse_lists
from lava_export.integers.network import IntegerNetwork
from spikeff.ir.arrays import Array
from spikeff.ir.network import BLANK, NetworkDescription

MOST_PROCESSES = 100


def run_integer(
    network: IntegerNetwork, inputs: Array, record_states: Recorded = False
) -> TargetRun:
    """As :func:`hw_targets.lava.cpu.run_integer`, with at most ``MOST_PROCESSES`` processes.

    Args:
        network: Network.
        inputs: bool (steps, samples, input size).
        record_states: True, or the populations whose u and v are recorded.
    """
    if processes(network, record_states) <= MOST_PROCESSES:
        return cpu.run_integer(network, inputs, record_states)
    return _in_this_process("lava", direct.run_integer, network, inputs, record_states)


def run_float(
    description: NetworkDescription, inputs: Array, record_states: bool = False
) -> TargetRun:
    """As :func:`hw_targets.lava.cpu.run_float`, with at most ``MOST_PROCESSES`` processes.

    Args:
        description: Blanked where it needs to be (``lava_export.quantize.blanking.with_blanking``).
        inputs: bool (steps, samples, input size).
        record_states: Whether u and v are recorded.
    """
    if processes(description, record_states) <= MOST_PROCESSES:
        return cpu.run_float(description, inputs, record_states)
    return _in_this_process("lava-float", direct.run_float, description, inputs, record_states)


def processes(network: IntegerNetwork | NetworkDescription, record_states: Recorded) -> int:
    """Processes of the operating system that Lava's runtime starts for a network."""
    names = [population.name for population in network.populations]
    firsts = [listed[0] for listed in synapse_lists(network.connections)]
    streams = 1 + sum(first.source == BLANK for first in firsts)
    recorders = len(names) + len(recorded_names(names, record_states))
    return len(names) + len(firsts) + streams + recorders


def _in_this_process(
    simulator: str, run: Callable[..., TargetRun], network: Any, inputs: Array, recorded: Recorded
) -> TargetRun:
    ran = run(network, inputs)
    names = recorded_names(ran.trace.spikes, recorded)
    u, v = ({name: of[name] for name in names} for of in (ran.trace.u, ran.trace.v))
    return replace(ran, trace=replace(ran.trace, simulator=simulator, u=u, v=v))
