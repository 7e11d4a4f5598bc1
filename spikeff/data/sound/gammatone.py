"""A cochlear filter bank: gammatone filters, evenly spaced on the scale of auditory bandwidths.

Filters are SciPy's ``gammatone`` (Slaney 1993, Apple Technical Report 35); the scale is that of
Glasberg and Moore 1990 (Hearing Research 47), equivalent rectangular bandwidths.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from scipy.signal import freqz, gammatone, lfilter

from spikeff.errors import ConfigError
from spikeff.ir.arrays import Array

MAX_BANDS = 1024
GAIN_ERROR = 0.01  # at most, at a filter's centre: beyond, rounding is about to make it unstable


def centre_frequencies(bands: int, lowest: float, highest: float) -> Array:
    """Frequencies in Hz, from ``lowest`` to ``highest``, evenly spaced in auditory bandwidths."""
    first, last = math.log1p(0.00437 * lowest), math.log1p(0.00437 * highest)
    return np.asarray(np.expm1(np.linspace(first, last, bands)) / 0.00437)


@cache
def _filters(rate: int, bands: int, lowest: float, highest: float) -> list[tuple[Array, Array]]:
    """Numerator and denominator of each filter."""
    centres = centre_frequencies(bands, lowest, highest)
    return [_filter(centre, rate) for centre in centres]


def _filter(centre: float, rate: int) -> tuple[Array, Array]:
    """One filter, whose 17 coefficients say less and less the lower it is for its rate."""
    b, a = gammatone(centre, "iir", fs=rate)
    _, response = freqz(b, a, [centre], fs=rate)
    gain = float(abs(response[0]))
    if not abs(gain - 1.0) <= GAIN_ERROR:
        raise ConfigError(
            f"a filter of {centre:.0f} Hz at {rate} frames per second amplifies by {gain:.3g} in "
            f"place of 1, as its coefficients are rounded: resample the sound to a lower rate, or "
            f"let the lowest band be higher."
        )
    return b, a


class GammatoneBank:
    """Gammatone filters beside each other; sound may come in pieces of any length.

    Attributes:
        centres: Frequencies in Hz, (bands,).
    """

    def __init__(self, rate: int, bands: int, lowest: float, highest: float) -> None:
        """Silent so far.

        Args:
            rate: Frames of sound per second.
            bands: Number of filters.
            lowest: Centre of the first, in Hz.
            highest: Centre of the last, below half the rate.

        Raises:
            ConfigError: There are no such filters, or floats cannot hold one at that rate.
        """
        if not (1 <= bands <= MAX_BANDS and 0 < lowest <= highest < rate / 2):
            raise ConfigError(
                f"{bands} bands from {lowest:g} to {highest:g} Hz at {rate} frames per second: "
                f"give 1 to {MAX_BANDS} bands that rise from above 0 to below {rate / 2:g} Hz."
            )
        self.centres = centre_frequencies(bands, lowest, highest)
        self._filters = _filters(rate, bands, lowest, highest)
        self._states = [np.zeros(max(len(b), len(a)) - 1) for b, a in self._filters]

    def filter(self, sound: Array) -> Array:
        """The next piece of sound (frames,), filtered: float64 (frames, bands)."""
        filtered = np.empty((len(self.centres), len(sound)))
        for band, (b, a) in enumerate(self._filters):
            if len(sound):
                filtered[band], self._states[band] = lfilter(b, a, sound, zi=self._states[band])
        return filtered.T
