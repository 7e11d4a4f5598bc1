"""A target that differs from device to device: the emulator with a device's gains and thresholds.

With mismatch, dead parts and noise of 0 it answers as the emulator does, spike for spike.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

import numpy as np
from scipy.sparse import csr_matrix

from hw_targets.emulator import run as emulator
from hw_targets.emulator import witness
from hw_targets.emulator.lif import FixedPointLIF
from hw_targets.emulator.stage import Stage
from hw_targets.emulator.synapses import Synapses
from hw_targets.learning.device import Device
from hw_targets.target import Recorded, Saturation, TargetRun
from lava_export.chips.limits import VTH_SHIFT
from lava_export.integers.network import IntegerNetwork
from spikeff.ir.arrays import Array
from spikeff.ir.network import BLANK
from spikeff.ir.trace import SpikeTrace
from spikeff.parallel import over_cores


@dataclass(frozen=True, eq=False)
class OneDevice:
    """Runs networks on an emulated device.

    Attributes:
        device: What the device is like.
    """

    device: Device = field(default_factory=Device)
    name: str = "device"

    def missing(self) -> str | None:
        """Nothing is ever missing."""
        return None

    def run(
        self, network: IntegerNetwork, inputs: Array, record_states: Recorded = False
    ) -> TargetRun:
        """See :func:`hw_targets.emulator.run.run`."""

        def run_samples(
            stages: list[Stage],
            network: IntegerNetwork,
            spikes: dict[str, Array],
            trace: SpikeTrace,
            biases: dict[str, Array],
        ) -> list[dict[str, Saturation]]:
            built = [on_device(self.device, network, stage) for stage in stages]
            # Noise is drawn in turn: on all cores at once its order would be theirs.
            spread = _in_turn if self.device.noise else over_cores
            return witness.run_samples(built, network, spikes, trace, biases, spread)

        exact = self.device.is_exact
        return emulator.run(network, inputs, record_states, None if exact else run_samples)


def _in_turn(
    work: Callable[[slice], witness.Counters], chunks: Sequence[slice]
) -> list[witness.Counters]:
    return [work(chunk) for chunk in chunks]


def on_device(device: Device, network: IntegerNetwork, stage: Stage) -> Stage:
    """A population as ``device`` has it."""
    vth = next(p.vth for p in network.populations if p.name == stage.name)
    thresholds = device.thresholds(stage.name, stage.size, float(vth << VTH_SHIFT))
    # One for each neuron, in place of one for all.
    neurons = replace(stage.neurons, threshold=cast(float, thresholds))
    if device.noise:
        neurons = _Noisy(**vars(neurons), device=device, scale=float(vth << VTH_SHIFT))
    synapses = [_with_gains(device, network, stage, each) for each in stage.synapses]
    return Stage(stage.name, stage.size, neurons, synapses)


def _with_gains(
    device: Device, network: IntegerNetwork, stage: Stage, synapses: Synapses
) -> Synapses:
    """Weights times gains, rounded to units of u.

    Those of a neuron on itself keep theirs, and so do those that silence neurons between samples:
    learning takes both for exact as well.
    """
    exact = synapses.diagonal is not None or synapses.source == BLANK
    if exact or not (device.mismatch or device.dead):
        return synapses
    sources = network.sizes[synapses.source]
    gains = device.gains_of(f"{synapses.source}->{stage.name}", stage.size, sources)
    gains = gains.astype(np.float64)
    if synapses.sparse is not None:
        scaled = synapses.sparse.multiply(gains).tocsr()
        scaled.data = np.rint(scaled.data)
        return replace(synapses, sparse=csr_matrix(scaled))
    assert synapses.dense is not None
    chosen = gains if synapses.channels is None else gains[synapses.channels]
    return replace(synapses, dense=np.rint(synapses.dense * chosen))


@dataclass(frozen=True, eq=False)
class _Noisy(FixedPointLIF):
    """Neurons whose potential is disturbed in every step."""

    device: Device = field(default_factory=Device)
    scale: float = 0.0

    def fire(self, u: Array, v: Array, spikes: Array, written: Array | None = None) -> int:
        """As :meth:`FixedPointLIF.fire`, after noise was added to v."""
        v += self.device.noise_of(v.shape, self.scale)
        return super().fire(u, v, spikes, written)
