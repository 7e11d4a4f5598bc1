"""Sound in, spikes out, piece by piece: filter bank and code behind each other."""

from __future__ import annotations

import numpy as np

from spikeff.data.sound.codes import Clock, sound_code
from spikeff.data.sound.gammatone import GammatoneBank
from spikeff.errors import ConfigError, DataError
from spikeff.ir.arrays import Array


class Cochlea:
    """One ear: pieces of sound of any length in, spikes of the steps that they complete out.

    How the sound is cut into pieces changes no spike.

    Attributes:
        channels: Spike trains that come out.
    """

    def __init__(
        self,
        rate: int,
        frames: int,
        codes: tuple[str, ...] = ("level_crossing",),
        bands: int = 32,
        lowest: float = 100.0,
        highest: float = 3600.0,
    ) -> None:
        """An ear that has heard nothing yet.

        Args:
            rate: Frames of sound per second.
            frames: Of one step.
            codes: Names in ``spikeff.data.sound.codes``; their channels come one after the other.
            bands: Gammatone filters.
            lowest: Centre of the first, in Hz.
            highest: Centre of the last, below half the rate.

        Raises:
            UnknownNameError: No code has that name.
            ConfigError: A number is outside its range.
        """
        if frames < 1 or not codes:
            raise ConfigError(
                f"{frames} frames a step, codes {codes}: give at least one frame and one code."
            )
        self._bank = GammatoneBank(rate, bands, lowest, highest)
        self._codes = [sound_code(name, Clock(rate, frames, bands)) for name in codes]
        self._frames = frames
        self._rest = np.empty((0, bands))
        self.channels = bands * sum(code.per_band for code in self._codes)

    def hear(self, sound: Array) -> Array:
        """Spikes of the steps that the next piece of sound completes.

        Args:
            sound: (frames,), finite, full scale is 1.

        Returns:
            bool (steps, channels).

        Raises:
            DataError: The sound has another shape or is not finite.
        """
        sound = np.asarray(sound, np.float64)
        if sound.ndim != 1 or not np.isfinite(sound).all():
            raise DataError(
                f"sound of shape {sound.shape}: one row of finite numbers is heard at a time."
            )
        filtered = np.concatenate([self._rest, self._bank.filter(sound)])
        whole = len(filtered) // self._frames * self._frames
        self._rest = filtered[whole:]
        if not whole:
            return np.zeros((0, self.channels), bool)
        steps = filtered[:whole].reshape(-1, self._frames, filtered.shape[1])
        return np.concatenate([code.spikes(steps) for code in self._codes], axis=1)
