"""Which way the samples run: NumPy for little work, compiled loops from where these pay.

Compilation takes seconds, once per process. So NumPy runs until what it has run, and is asked to
run, would have paid the compilation: no order of runs then takes more than twice the best one.
"""

from __future__ import annotations

from hw_targets.emulator import compiled, witness
from hw_targets.emulator.stage import Stage
from hw_targets.target import Saturation
from lava_export.integers.network import IntegerNetwork
from spikeff.ir.arrays import Array
from spikeff.ir.network import INPUT
from spikeff.ir.trace import SpikeTrace

# Pairs of neurons times steps and samples, from which compiled loops save what compilation takes.
COMPILED_FROM = 2**36


class _Work:
    """What was asked for so far in this process."""

    done = 0


def run_samples(
    stages: list[Stage],
    network: IntegerNetwork,
    spikes: dict[str, Array],
    trace: SpikeTrace,
    biases: dict[str, Array],
) -> list[dict[str, Saturation]]:
    """Run all samples, writing into ``spikes`` and ``trace``; counters of each chunk."""
    sizes = network.sizes
    pairs = sum(sizes[s.source] * stage.size for stage in stages for s in stage.synapses)
    _Work.done += pairs * network.period * spikes[INPUT].shape[1]
    if _Work.done >= COMPILED_FROM:
        tables = compiled.prepared(stages, network)
        if tables is not None:
            return compiled.run_samples(stages, tables, network, spikes, trace, biases)
    return witness.run_samples(stages, network, spikes, trace, biases)
