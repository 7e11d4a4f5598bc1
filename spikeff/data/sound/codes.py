"""How filtered sound becomes spikes: codes, which take the bands' sound piece by piece.

``level_crossing``  a spike when a band's loudness rises above one of several levels, and, in a
                    channel of its own, when it falls below (send on delta).
``onset``           a spike when the loudness rises, or falls, faster than its own slow average
                    follows.
``phase_locked``    a spike at each rise of the filtered sound through zero, where the band is loud.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.signal import lfilter

from spikeff.errors import ConfigError, UnknownNameError
from spikeff.ir.arrays import Array

FLOOR = -80.0  # loudness of silence, in decibels of full scale
SMOOTHED = 0.008  # seconds over which loudness is measured where steps are shorter than periods


class SoundCode(Protocol):
    """A code with what it remembers of the sound so far.

    Attributes:
        per_band: Channels of each band.
    """

    per_band: int

    def spikes(self, filtered: Array) -> Array:
        """Spikes of the next whole steps.

        Args:
            filtered: float64 (steps, frames per step, bands), at least one step.

        Returns:
            bool (steps, per_band * bands), bands fastest.
        """
        ...


@dataclass(frozen=True)
class Clock:
    """The sound that a code is made for.

    Attributes:
        rate: Frames per second.
        frames: Of one step.
        bands: Of the filter bank.
    """

    rate: int
    frames: int
    bands: int


class LevelCrossing:
    """Loudness through levels: for each level a channel per band for rises, then one for falls.

    Attributes:
        per_band: Two for each level.
    """

    def __init__(
        self, clock: Clock, levels: tuple[float, ...] = (-42.0, -35.0, -28.0, -21.0, -14.0)
    ) -> None:
        """Silent so far.

        Args:
            clock: Of the sound.
            levels: In decibels of full scale.
        """
        self.per_band = 2 * len(levels)
        self._levels = np.array(levels)[:, None]
        self._above = np.zeros((1, len(levels), clock.bands), bool)

    def spikes(self, filtered: Array) -> Array:
        """See :meth:`SoundCode.spikes`."""
        above = _loudness(filtered)[:, None] > self._levels
        since = np.concatenate([self._above, above])
        self._above = since[-1:]
        before, now = since[:-1], since[1:]
        return _channels(np.stack([now & ~before, before & ~now], axis=2))


class Onset:
    """Loudness less its slow average, through bounds: rises for positive ones, falls for negative.

    Attributes:
        per_band: One for each bound.
    """

    def __init__(
        self,
        clock: Clock,
        bounds: tuple[float, ...] = (6.0, 12.0, -6.0, -12.0),
        seconds: float = 0.06,
    ) -> None:
        """Silent so far.

        Args:
            clock: Of the sound.
            bounds: In decibels.
            seconds: Time constant of the slow average.
        """
        self.per_band = len(bounds)
        self._bounds = np.array(bounds)[:, None]
        self._kept = float(np.exp(-clock.frames / (seconds * clock.rate)))
        self._slow = np.full((1, clock.bands), self._kept * FLOOR)
        self._beyond = np.zeros((1, len(bounds), clock.bands), bool)

    def spikes(self, filtered: Array) -> Array:
        """See :meth:`SoundCode.spikes`."""
        loud = _loudness(filtered)
        low_pass = ([1.0 - self._kept], [1.0, -self._kept])
        average, self._slow = lfilter(*low_pass, loud, axis=0, zi=self._slow)
        ahead = (loud - average)[:, None]
        beyond = np.where(self._bounds > 0, ahead > self._bounds, ahead < self._bounds)
        since = np.concatenate([self._beyond, beyond])
        self._beyond = since[-1:]
        return _channels(since[1:] & ~since[:-1])


class PhaseLocked:
    """Rises through zero of the fine structure, where a band is louder than a level.

    Attributes:
        per_band: One.
    """

    per_band = 1

    def __init__(self, clock: Clock, level: float = -40.0) -> None:
        """Silent so far.

        Args:
            clock: Of the sound.
            level: In decibels of full scale.
        """
        self._kept = float(np.exp(-1.0 / (SMOOTHED * clock.rate)))
        self._loudness = np.zeros((1, clock.bands))
        self._level = 10.0 ** (level / 20.0)
        self._last = np.zeros((1, clock.bands))

    def spikes(self, filtered: Array) -> Array:
        """See :meth:`SoundCode.spikes`."""
        steps, frames, bands = filtered.shape
        sound = filtered.reshape(-1, bands)
        since = np.concatenate([self._last, sound])
        self._last = since[-1:]
        rises = (since[:-1] <= 0) & (since[1:] > 0) & (self._smoothed(sound) > self._level)
        return np.asarray(rises.reshape(steps, frames, bands).any(axis=1))

    def _smoothed(self, sound: Array) -> Array:
        low_pass = ([1.0 - self._kept], [1.0, -self._kept])
        loud, self._loudness = lfilter(*low_pass, np.maximum(sound, 0.0), axis=0, zi=self._loudness)
        return np.asarray(loud)


def _loudness(filtered: Array) -> Array:
    """Loudness of each step in decibels: the mean of the rectified sound, (steps, bands)."""
    level = np.maximum(filtered, 0.0).mean(axis=1)
    return np.asarray(20.0 * np.log10(np.maximum(level, 10.0 ** (FLOOR / 20.0))))


def _channels(spikes: Array) -> Array:
    return np.ascontiguousarray(spikes.reshape(len(spikes), -1))


SOUND_CODES: dict[str, Callable[[Clock], SoundCode]] = {
    "level_crossing": LevelCrossing,
    "onset": Onset,
    "phase_locked": PhaseLocked,
}


def register_sound_code(name: str, made: Callable[[Clock], SoundCode]) -> None:
    """Make a code known by ``name``; ``made`` returns it, silent so far, for the sound of a clock.

    Raises:
        ConfigError: The name is taken.
    """
    if name in SOUND_CODES:
        raise ConfigError(f"sound code {name!r} is registered already; choose another name.")
    SOUND_CODES[name] = made


def sound_code(name: str, clock: Clock) -> SoundCode:
    """A code that has heard nothing yet; raises UnknownNameError with the names that exist."""
    if name not in SOUND_CODES:
        raise UnknownNameError("sound code", name, SOUND_CODES)
    return SOUND_CODES[name](clock)
