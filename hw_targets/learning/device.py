"""A device that nobody knows exactly: mismatch, dead parts, noise and drift, from a seed.

Mismatch is lognormal with mean-free logarithm, as current mirrors in subthreshold silicon have it:
of the gain of every synapse and of the threshold of every neuron.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np

from lava_export.integers.network import IntegerConnection
from spikeff.errors import ConfigError
from spikeff.ir.arrays import Array
from spikeff.ir.numbers import MAX_SEED, settle_numbers, whole_number

MAX_MISMATCH = 0.4


@dataclass(eq=False)
class Device:
    """What makes one device differ from its specification.

    Attributes:
        seed: Of all that is drawn; the same seed is the same device.
        mismatch: Standard deviation of the logarithm of gains and thresholds, 0 to 0.4.
        dead: Share of synapses, and of neurons, that do nothing.
        noise: Standard deviation added to v in every step, in thresholds.
        drift: How far gains and thresholds have moved, towards those of another draw, 0 to 1.

    Raises:
        ConfigError: A field that is no number, or one outside its range; drift of no mismatch.
    """

    seed: int = 0
    mismatch: float = 0.0
    dead: float = 0.0
    noise: float = 0.0
    drift: float = 0.0
    _noise: np.random.Generator = field(init=False, repr=False)

    def __post_init__(self) -> None:
        settle_numbers("device", self, ConfigError)
        whole_number("device: seed", self.seed, 0, MAX_SEED)
        most = {"mismatch": MAX_MISMATCH, "dead": 1.0, "noise": 1.0, "drift": 1.0}
        for name, high in most.items():
            if not 0.0 <= getattr(self, name) <= high:
                raise ConfigError(
                    f"device: {name} = {getattr(self, name)}; it must lie in 0 to {high:g}."
                )
        if self.drift and not self.mismatch:
            raise ConfigError(
                f"device: drift = {self.drift} without mismatch, which is what drifts; give a "
                f"mismatch, or leave drift out."
            )
        self.begin_noise()

    def begin_noise(self, part: int = 0) -> None:
        """Draw noise anew, as for this part of what is run."""
        self._noise = np.random.default_rng((self.seed, 3, part))

    @property
    def is_exact(self) -> bool:
        """Whether it does what integers say, and nothing else."""
        return not (self.mismatch or self.dead or self.noise)

    def gains(self, connection: IntegerConnection, targets: int, sources: int) -> Array:
        """Gain of every synapse of a connection, float32 (sources, targets); () where all are 1."""
        if not (self.mismatch or self.dead):
            return np.zeros((0, 0), np.float32)
        return self.gains_of(f"{connection.source}->{connection.target}", targets, sources)

    def gains_of(self, name: str, targets: int, sources: int) -> Array:
        """The same by a name."""
        shape = (sources, targets)
        gains = self._factors(f"gain {name}", shape)
        dead = self._rng(f"dead {name}").random(shape) < self.dead
        gains[dead] = 0.0
        return gains

    def thresholds(self, population: str, size: int, threshold: float) -> Array:
        """Threshold of every neuron, whole numbers in float64; infinite for the dead."""
        found = np.rint(threshold * self._factors(f"threshold {population}", (size,)).astype(float))
        found[self._rng(f"dead {population}").random(size) < self.dead] = np.inf
        return np.asarray(found)

    def noise_of(self, shape: tuple[int, ...], threshold: float) -> Array:
        """What is added to v in every step, whole numbers; () without noise."""
        if not self.noise:
            return np.zeros((0, 0))
        return np.asarray(np.rint(self._noise.normal(0.0, self.noise * threshold, shape)))

    def _factors(self, name: str, shape: tuple[int, ...]) -> Array:
        """Lognormal factors, float32; drift turns each towards a second draw."""
        normal = self._rng(name).standard_normal(shape, np.float32)
        if self.drift:
            other = self._rng(f"drift {name}").standard_normal(shape, np.float32)
            angle = self.drift * np.pi / 2
            normal = np.float32(np.cos(angle)) * normal + np.float32(np.sin(angle)) * other
        return np.asarray(np.exp(np.float32(self.mismatch) * normal))

    def _rng(self, name: str) -> np.random.Generator:
        return np.random.default_rng((self.seed, zlib.crc32(name.encode())))


def device_of(given: Mapping[str, Any] | None) -> Device:
    """The device of these fields; None for one without mismatch.

    Raises:
        ConfigError: A field that devices do not have, or one outside its range.
    """
    known = [each.name for each in fields(Device) if each.init]
    for name in given or {}:
        if name not in known:
            raise ConfigError(f"device: there is no {name!r}; a device has {', '.join(known)}.")
    return Device(**(given or {}))


def fields_of(device: Device) -> dict[str, Any]:
    """What :func:`device_of` makes the same device of."""
    return {each.name: getattr(device, each.name) for each in fields(Device) if each.init}
