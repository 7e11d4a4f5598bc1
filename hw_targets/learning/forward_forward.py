"""Forward-Forward learning on emulated chips: samples streamed one by one to all devices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from hw_targets.learning.device import Device
from hw_targets.learning.engine import LearningEngine
from hw_targets.learning.neurons import arrive, messages, present
from lava_export.chips import limits
from lava_export.integers.network import IntegerNetwork
from lava_export.plastic.forward_forward import (
    AFTER_SAMPLE,
    BIAS_BITS,
    DELAY_ZERO,
    LAG,
    PERIOD,
    RESET,
    ZERO,
    Program,
    moved_biases,
    require_learnable,
)
from spikeff.ir.arrays import Array
from spikeff.ir.roles import SELF_INHIBITION


@dataclass
class Work:
    """What learning took, over all devices.

    Attributes:
        samples: Learning samples.
        presentations: Passes through the network, those that find negatives included.
        spikes: Of the layer.
        operations: Synapses that spikes of the input went through.
    """

    samples: int = 0
    presentations: int = 0
    spikes: int = 0
    operations: int = 0


class ChipLearner:
    """A network that learns on one device or several, each with weights of its own.

    Attributes:
        engine: Their synapses.
        biases: Of every neuron, in 2^8ths of a weight, int64 (devices, neurons).
        averages: Usual mates of every neuron, in 2^16ths, int64 (devices, neurons).
        spikes: Of the layer in the last presentation on the last device, bool (steps, neurons).
        work: What was done so far.
    """

    def __init__(
        self,
        network: IntegerNetwork,
        program: Program,
        devices: Sequence[Device],
        seeds: Sequence[int],
    ) -> None:
        """Begin with the weights of ``network`` on every device.

        Args:
            devices: What each device is like.
            seeds: Of the rounding of each.

        Raises:
            LimitError: The network is none that can be learned so.
        """
        self.network, self.program, self.devices = network, program, tuple(devices)
        plastic = require_learnable(network)
        self._plastic = plastic
        self._layer = next(p for p in network.populations if p.name == plastic.target)
        weights = np.repeat(plastic.weights[None], len(devices), 0)
        assert plastic.plasticity is not None
        self.engine = LearningEngine(
            plastic.plasticity, weights, plastic.sign_mode, seeds, delays=DELAY_ZERO
        )
        self.averages = np.zeros((len(devices), self._layer.size), np.int64)
        start = self._layer.bias_mant.astype(np.int64) << BIAS_BITS
        self.biases = np.repeat(start[None], len(devices), 0)
        self.work = Work()
        size = self._layer.size
        self.age(1.0)
        own = [c for c in network.incoming(plastic.target) if c.role == SELF_INHIBITION]
        lowest = sum(-int(c.weights.min()) << c.weight_exp for c in own)
        self._inhibition = float(lowest << limits.ACTIVATION_SHIFT)
        self.spikes = np.zeros((network.steps, size), np.bool_)
        self._psi = np.zeros((network.steps, size), np.int64)
        self._sent = np.zeros((len(devices), network.steps, size), np.int64)

    def age(self, share: float) -> None:
        """Let every device have drifted by this share of its drift."""
        aged = [replace(each, drift=share * each.drift) for each in self.devices]
        size, sources = self._layer.size, self.network.input_size
        self._gains = [d.gains(self._plastic, size, sources) for d in aged]
        vth = float(self._layer.vth << limits.VTH_SHIFT)
        self._thresholds = [d.thresholds(self._layer.name, size, vth) for d in aged]

    def answer(self, pixels: Array, labels: Array) -> Array:
        """Coincidences that each device shows for a sample with a label, without learning.

        Args:
            pixels: Spikes of the datum, bool (steps, channels).
            labels: One for each device.

        Returns:
            int64 (devices,).
        """
        return np.asarray(self.answers(pixels, labels[:, None])[:, 0])

    def answers(self, pixels: Array, labels: Array) -> Array:
        """The same for several labels, each in a presentation of its own.

        Args:
            labels: (devices, labels).

        Returns:
            int64 (devices, labels).
        """
        found = np.zeros(labels.shape, np.int64)
        for k, shown in enumerate(labels):
            heard = self._heard(k, *np.nonzero(pixels))
            for place, label in enumerate(shown):
                found[k, place] = self._present(k, heard, pixels, int(label))
        self.work.presentations += labels.shape[1]
        return found

    def learn(
        self, pixels: Array, labels: Array, positive: bool, weights: Array | None = None
    ) -> Array:
        """Present a sample and let the engine learn from it.

        Args:
            pixels: Spikes of the datum, bool (steps, channels).
            labels: One for each device.
            positive: Whether goodness is to rise.
            weights: Factor on the modulation of each device, from 0 to 1.

        Returns:
            Coincidences of each device, int64 (devices,).
        """
        trains = self._trains(pixels, labels)
        together = np.zeros(len(labels), np.int64)
        for k, label in enumerate(labels):
            together[k] = self._present(k, self._heard(k, *np.nonzero(pixels)), pixels, int(label))
            self._tell(k)
        self.work.presentations += 1
        modulation = self.program.modulation(together, positive)
        if weights is not None:
            modulation = np.rint(modulation * weights).astype(np.int64)
        size, steps = self._layer.size, self.network.steps
        quiet = np.zeros((len(labels), size), np.bool_)
        neutral = np.zeros((len(labels), 3, size), np.int64)
        neutral[:, 0] = neutral[:, 2] = ZERO
        eligible = self._sent.any(1)
        silent = np.zeros_like(trains[0])
        for now in range(1, PERIOD + 1):
            spiked = trains[now - 1] if now <= steps else silent
            back, sent, local = quiet, neutral, now - LAG
            if 0 <= local < steps:
                sent = neutral.copy()
                sent[:, 0] += self._sent[:, local]
                back = self._sent[:, local] != 0
            elif local - steps + 1 == AFTER_SAMPLE - 1:
                sent = neutral.copy()
                sent[:, 2] += modulation[:, None]
                back = eligible & (modulation != 0)[:, None]
            elif local - steps + 1 == AFTER_SAMPLE:
                sent = neutral.copy()
                sent[:, 1] = RESET
                back = eligible
            self.engine.step(spiked, back, sent)
        return together

    def learned(self, device: int = 0) -> Array:
        """Weights of a device, int16 (targets, sources)."""
        return np.asarray(self.engine.weights[device])

    def network_of(self, device: int = 0) -> IntegerNetwork:
        """The network with the weights and biases of a device."""
        biases = (self.biases[device] >> BIAS_BITS).astype(np.int16)
        network, layer = self.network, replace(self._layer, bias_mant=biases)
        learned = replace(self._plastic, weights=self.learned(device))
        return replace(
            network,
            populations=tuple(layer if p is self._layer else p for p in network.populations),
            connections=tuple(learned if c is self._plastic else c for c in network.connections),
        )

    def _trains(self, pixels: Array, labels: Array) -> Array:
        """Spikes of all channels, bool (steps, devices, channels)."""
        spikes = np.zeros((len(pixels), len(labels), self.network.input_size), np.bool_)
        spikes[:, :, : pixels.shape[1]] = pixels[:, None]
        for device, label in enumerate(labels):
            onsets, channels = self._spikes_of(pixels, int(label))
            spikes[onsets, device, channels] = True
        return spikes

    def _spikes_of(self, pixels: Array, label: int) -> tuple[Array, Array]:
        """Steps and channels of the spikes of a label."""
        code = self.network.labels
        assert code is not None
        first = pixels.shape[1] + label * code.neurons
        channels = np.arange(first, first + code.neurons)
        return np.repeat(code.steps, code.neurons), np.tile(channels, len(code.steps))

    def _heard(self, device: int, onsets: Array, channels: Array) -> Array:
        """What spikes bring to every neuron of a device in every step."""
        heard = np.zeros(self.spikes.shape)
        weights, gains = self.engine.state[device, 0], self._gains[device]
        arrive(heard, weights, gains, channels, onsets)
        return heard

    def _present(self, k: int, heard: Array, pixels: Array, label: int) -> int:
        """Coincidences of device ``k`` for a label.

        Args:
            heard: What the datum brings.
        """
        layer, device, spikes = self._layer, self.devices[k], self._spikes_of(pixels, label)
        unity = limits.DECAY_UNITY
        keep = (unity - layer.du - limits.DS_OFFSET) / unity, (unity - layer.dv) / unity
        found = present(
            heard + self._heard(k, *spikes),
            keep,
            (self.biases[k] >> BIAS_BITS) * float(1 << layer.bias_exp),
            self._thresholds[k],
            self._inhibition,
            layer.column_size,
            device.noise_of(self.spikes.shape, float(layer.vth << limits.VTH_SHIFT)),
            self.spikes,
            self._psi,
        )
        self.work.spikes += int(self.spikes.sum())
        self.work.operations += (int(pixels.sum()) + len(spikes[0])) * layer.size
        return found

    def _tell(self, k: int) -> None:
        """Note what the neurons of device ``k`` send about a sample, and move its biases."""
        size = self._layer.column_size
        messages(self.spikes, self._psi, size, self.averages[k], self._sent[k])
        self.biases[k] = moved_biases(self.biases[k], self.spikes.any(axis=0))
