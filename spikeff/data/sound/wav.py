"""Recordings in wav files, of any sampling rate and width, as floats of one rate."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from scipy.io import wavfile
from scipy.signal import resample_poly

from spikeff.errors import DataError
from spikeff.ir.arrays import Array

MAX_BYTES = 200_000_000
MAX_SECONDS = 60.0
RATES = (1_000, 1_000_000)  # Hz, lowest and highest
FINEST_RATIO = 1000  # of resampling: usual rates are met exactly, odd high ones within 0.1 %


@dataclass(frozen=True, eq=False)
class Recording:
    """Sound as it was recorded.

    Attributes:
        sound: float64 (frames, microphones), full scale is 1.
        rate: Frames per second.
    """

    sound: Array
    rate: int

    def at(self, rate: int, faster: float = 1.0) -> Array:
        """The mean of the microphones, resampled without aliases.

        Args:
            rate: Frames per second of the result.
            faster: Played back so many times as fast; pitch and formants rise with it.

        Returns:
            float64 (frames,).
        """
        ratio = Fraction(rate / (self.rate * faster)).limit_denominator(FINEST_RATIO)
        mono = self.sound.mean(axis=1)
        if ratio == 1:
            return np.asarray(mono)
        return np.asarray(resample_poly(mono, ratio.numerator, ratio.denominator))


def read_wav(path: Path) -> Recording:
    """Read a wav file of 8, 16, 24, 32 or 64 bits, integers or floats, any number of microphones.

    Raises:
        DataError: It cannot be read, ends early, is empty or too long, or holds no finite numbers.
    """
    rate, values = _read(path)
    if not RATES[0] <= rate <= RATES[1]:
        raise DataError(f"{path}: {rate} frames per second; {RATES[0]} to {RATES[1]} can be heard.")
    if not values.size:
        raise DataError(f"{path} holds no sound; leave the file out.")
    if len(values) > MAX_SECONDS * rate:
        raise DataError(
            f"{path} lasts {len(values) / rate:.1f} s; at most {MAX_SECONDS:g} s are read: cut it."
        )
    sound = _full_scale(values).reshape(len(values), -1)
    if not np.isfinite(sound).all():
        raise DataError(f"{path} holds numbers that are not finite; record or convert it again.")
    return Recording(sound, rate)


def _read(path: Path) -> tuple[int, Array]:
    """Rate and values; scipy only warns of files that end early."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise DataError(f"{path} has more than {MAX_BYTES:,} bytes; cut it.")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", wavfile.WavFileWarning)
            warnings.filterwarnings("error", "Reached EOF", wavfile.WavFileWarning)
            rate, values = wavfile.read(path)
    except DataError:
        raise
    except Exception as error:  # scipy's reader raises errors of many kinds for damaged files
        reason = str(error) or type(error).__name__
        raise DataError(f"{path}: not readable as a wav file ({reason}); convert it.") from None
    return int(rate), np.asarray(values)


def _full_scale(values: Array) -> Array:
    """Integers as floats of -1 to 1; 24 bits come in the upper bits of 32."""
    if values.dtype == np.uint8:
        return (values.astype(np.float64) - 128) / 128
    if np.issubdtype(values.dtype, np.integer):
        return values.astype(np.float64) / math.ldexp(1.0, 8 * values.dtype.itemsize - 1)
    return values.astype(np.float64)
