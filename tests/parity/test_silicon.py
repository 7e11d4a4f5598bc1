"""One neuron recorded on a Loihi 2 (NIR paper, Pedersen et al. 2024), replayed here.

Columns: input spike, v, output spike; weight 10, dv 163, vth 25, du 4095, 1,000 steps, the answer
one step behind the input. In the steps with a spike, and only there, the chip's probe reads what v
was before the reset.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from hw_targets.emulator import run as emulator
from lava_export.integers.network import IntegerConnection, IntegerNetwork, IntegerPopulation
from lava_export.nir.readout import most_spikes
from spikeff.ir.arrays import Array
from spikeff.ir.codes import InputCode
from spikeff.ir.connectivity import DENSE
from spikeff.ir.network import INPUT
from spikeff.ir.sizes import MAX_STEPS
from spikeff.ir.trace import SpikeTrace, compare_traces
from tests.parity.conftest import Lava
from tests.paths import NIR_PAPER

NEURON, BEHIND, SPIKES = "neuron", 1, 4

pytestmark = pytest.mark.skipif(
    not NIR_PAPER.is_dir(), reason="set SPIKEFF_NIR_PAPER to the files of the NIR paper"
)


def recorded(name: str) -> Array:
    return np.loadtxt(NIR_PAPER / name, delimiter=",")


def network() -> IntegerNetwork:
    population = IntegerPopulation(
        NEURON,
        1,
        depth=0,
        du=4095,
        dv=163,
        vth=25,
        bias_mant=np.zeros(1, np.int16),
        bias_exp=0,
        column_size=1,
        current_scale=1.0,
    )
    synapse = IntegerConnection(INPUT, NEURON, DENSE, np.full((1, 1), 10), 8, 0, "mixed")
    return IntegerNetwork(
        steps=MAX_STEPS,
        idle_steps=0,
        dt=1e-4,
        input=InputCode("spikes", 1, 0.5, MAX_STEPS),
        labels=None,
        populations=(population,),
        connections=(synapse,),
        readout=most_spikes(NEURON, 1),
        dataset="",
    )


def in_samples(record: Array) -> tuple[Array, list[int]]:
    """The input, bool (steps, samples, 1), cut where the neuron is at rest, and the cuts."""
    spikes, v = record[:, 0] > 0, record[:, 1]
    rest = [k for k in range(1, len(record)) if v[k] == 0 and not spikes[k - BEHIND]]
    cuts = [0]
    while cuts[-1] + MAX_STEPS < len(record):
        cuts.append(max(k for k in rest if k <= cuts[-1] + MAX_STEPS))
    cuts.append(len(record))
    inputs = np.zeros((MAX_STEPS, len(cuts) - 1, 1), np.bool_)
    for sample, (start, end) in enumerate(pairwise(cuts)):
        inputs[: end - start, sample, 0] = spikes[start:end]
    return inputs, cuts


def joined(trace: SpikeTrace, cuts: list[int]) -> tuple[Array, Array]:
    """Spikes and v of the whole recording, (1000,)."""
    lengths = np.diff(cuts)
    spikes, v = (
        np.concatenate([table[:n, sample, 0] for sample, n in enumerate(lengths)])
        for table in (trace.spikes[NEURON], trace.v[NEURON])
    )
    return spikes, v


def behind(record: Array, column: int) -> Array:
    """A column of the recording in our local time."""
    return np.append(record[BEHIND:, column], np.zeros(BEHIND))


def test_the_emulator_is_the_silicon_and_lava(lava: Lava) -> None:
    silicon, cpu = recorded("lif_lava_loihi_fixed.csv"), recorded("lif_lava_cpu_fixed.csv")
    inputs, cuts = in_samples(silicon)
    ours = emulator.run(network(), inputs, record_states=True).trace
    assert compare_traces(ours, lava.run_integer(network(), inputs).trace).equal
    spikes, v = joined(ours, cuts)
    np.testing.assert_array_equal(spikes, behind(silicon, 2))
    np.testing.assert_array_equal(v, behind(cpu, 1))
    resets = np.flatnonzero(v != behind(silicon, 1))
    np.testing.assert_array_equal(resets, np.flatnonzero(spikes))
    assert len(resets) == SPIKES
