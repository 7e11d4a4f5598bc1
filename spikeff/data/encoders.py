"""Encoders: from intensities in [0, 1], or spikes as they are, to spike trains. One registry.

``latency``  one spike per channel, earlier the brighter.
``burst``    a channel starts to fire earlier the brighter it is and then fires at every step.
``contrast`` two channels for each intensity, one for how far it lies above the mean of its sample
             and one for how far below; each fires as a burst.
``rate``     evenly spaced spikes, as many as the intensity says; phases differ by channel.
``bit_planes``  a channel for each of the 8 bits of an intensity, firing in every step where it is
             1; synapses of 2^bit make the number of it again. ``bit_planes_1`` to
             ``bit_planes_7`` round the intensity to fewer bits.
``spikes``   the data are spikes already: samples of (steps, channels), a spike above threshold.
``single_spikes``  the same where no channel spikes twice in a sample, which is checked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from pydantic import Field

from spikeff.errors import ConfigError, DataError, UnknownKindError
from spikeff.ir.arrays import Array
from spikeff.settings.kinds import Kind, register_kind

# Multiples of it, modulo 1, spread evenly: the phases of the channels in the rate code.
GOLDEN_RATIO = (5**0.5 - 1) / 2
PLANES, LEVELS = 8, 255  # of an intensity
DEVIATIONS = 2.0  # standard deviations of a sample that are full contrast
SPIKE_THRESHOLD = 0.05  # any value between 0 and 1 separates the two values of spike data


def onset_steps(intensities: Array, steps: int, threshold: float) -> Array:
    """First step at which each channel spikes; ``steps`` (never) at or below ``threshold``.

    Args:
        intensities: (samples, channels) in [0, 1].
        steps: Steps of a sample.
        threshold: Intensity up to which a channel stays silent.

    Returns:
        int8 or int16, of the shape of ``intensities``.
    """
    span = (1.0 - intensities) * (steps / (1.0 - threshold))
    kind = np.int8 if steps < 127 else np.int16
    onset = np.minimum(np.floor(span), steps - 1).astype(kind)
    return np.where(intensities > threshold, onset, kind(steps))


def latency(intensities: Array, steps: int, threshold: float) -> Array:
    """One spike per channel at its onset. Returns bool (steps, samples, channels)."""
    onset = onset_steps(intensities, steps, threshold)
    return np.asarray(onset[None] == np.arange(steps, dtype=onset.dtype)[:, None, None])


def burst(intensities: Array, steps: int, threshold: float) -> Array:
    """Spikes at every step from the onset on. Returns bool (steps, samples, channels)."""
    onset = onset_steps(intensities, steps, threshold)
    return np.asarray(onset[None] <= np.arange(steps, dtype=onset.dtype)[:, None, None])


def contrast(intensities: Array, steps: int, threshold: float) -> Array:
    """Bursts of on and off channels, as of a retina; bool (steps, samples, 2 * channels).

    The contrast of an intensity is its distance from the mean of its sample, in ``DEVIATIONS``
    standard deviations of it, of one 255th at least. On channels come first.
    """
    mean, deviation = (f(intensities, 1, keepdims=True) for f in (np.mean, np.std))
    full = np.maximum(DEVIATIONS * deviation, np.float32(1 / LEVELS))
    level = ((intensities - mean) / full).clip(-1.0, 1.0)
    return burst(np.concatenate([level, -level], 1).clip(0.0), steps, threshold)


def rate(intensities: Array, steps: int, threshold: float) -> Array:
    """About ``intensity * steps`` evenly spaced spikes. Returns bool (steps, samples, channels)."""
    level = np.where(intensities > threshold, intensities, 0.0)
    phase = (np.arange(intensities.shape[1]) * GOLDEN_RATIO) % 1.0
    crossed = np.floor(level[None] * np.arange(steps + 1)[:, None, None] + phase)
    return np.asarray(np.diff(crossed, axis=0) > 0)


def bit_planes(intensities: Array, steps: int, threshold: float, planes: int = PLANES) -> Array:
    """The bits of intensities in 255ths, in every step; bool (steps, samples, planes * channels).

    Channels of the lowest bit come first. Of fewer ``planes`` than 8, the largest number stands
    for an intensity of 1 all the same.
    """
    bright = np.where(intensities > threshold, intensities, np.float32(0))
    levels = np.rint(bright * np.float32(2**planes - 1)).astype(np.uint8)
    bits = np.concatenate([(levels >> bit) & 1 for bit in range(planes)], axis=1)
    return np.repeat(bits.astype(np.bool_)[np.newaxis], steps, axis=0)


def spikes(intensities: Array, steps: int, threshold: float) -> Array:
    """Spike trains (samples, steps * channels), steps slowest, as bool (steps, samples, channels).

    Raises:
        DataError: The width of the data is not a multiple of ``steps``.
    """
    samples, width = intensities.shape
    if width == 0 or width % steps:
        raise DataError(
            f"spike trains of {width} values per sample do not divide into {steps} steps; "
            f"set steps to those of the data."
        )
    trains = intensities.reshape(samples, steps, width // steps) > threshold
    return np.ascontiguousarray(trains.transpose(1, 0, 2))


def single_spikes(intensities: Array, steps: int, threshold: float) -> Array:
    """As :func:`spikes`, where no channel spikes twice.

    Raises:
        DataError: The width of the data is not a multiple of ``steps``, or a channel spikes more
            than once in a sample.
    """
    trains = spikes(intensities, steps, threshold)
    counts = trains.sum(0)
    if counts.max(initial=0) > 1:
        sample, channel = (int(k) for k in np.argwhere(counts > 1)[0])
        raise DataError(
            f"channel {channel} spikes {counts[sample, channel]} times in sample {sample}; encoder "
            f"'single_spikes' promises once at most: use 'spikes'."
        )
    return trains


class EncoderSettings(Kind):
    """The table of an encoder of data that are spikes already: only its kind."""

    @property
    def threshold(self) -> float:
        """Intensity, of 0 to 1, above which a datum spikes; spikes are 0 or 1."""
        return SPIKE_THRESHOLD


class IntensityEncoderSettings(EncoderSettings):
    """The table of an encoder of intensities.

    Attributes:
        pixel_threshold: Intensity, of 0 to 1, up to which a pixel stays silent.
    """

    pixel_threshold: float = Field(default=0.05, ge=0.0, lt=1.0)

    @property
    def threshold(self) -> float:
        """Intensity, of 0 to 1, above which a pixel spikes."""
        return self.pixel_threshold


@dataclass(frozen=True)
class Encoder:
    """A registry entry.

    Attributes:
        encode: Intensities (samples, channels), steps and threshold to bool
            (steps, samples, channels).
        single_spike: A channel spikes at most once per sample.
        in_steps: The data are spikes already, of shape (steps, channels) per sample.
        planes: Channels of each intensity.
    """

    encode: Callable[[Array, int, float], Array]
    single_spike: bool
    in_steps: bool = False
    planes: int = 1

    @property
    def settings(self) -> type[EncoderSettings]:
        """The class that checks the encoder's table in a configuration."""
        return EncoderSettings if self.in_steps else IntensityEncoderSettings

    def spikes_per_channel(self, steps: int) -> int:
        """Most spikes that one channel emits in ``steps`` steps."""
        return 1 if self.single_spike else steps

    def channels(self, shape: tuple[int, int], steps: int) -> int:
        """Input channels for samples of ``shape`` (rows, columns).

        Raises:
            DataError: Samples that are spike trains have another number of steps than ``steps``.
        """
        rows, columns = shape
        if not self.in_steps:
            return rows * columns * self.planes
        if rows != steps and columns == steps:
            raise DataError(
                f"the data are spikes of shape (samples, {rows}, {columns}), and the network runs "
                f"for {steps} steps: it seems that the axes are swapped. Give (samples, steps, "
                f"channels), as by spikes.transpose(0, 2, 1)."
            )
        if rows != steps:
            raise DataError(
                f"the data are spikes in {rows} steps, the network runs for {steps}; "
                f"give data of {steps} steps, or make a network of {rows} (data.steps in a "
                f"configuration, --steps for one from NIR); for intensities choose another encoder."
            )
        return columns

    def shape(self, channels: int, steps: int) -> tuple[int, int]:
        """Shape of one sample for ``channels`` input channels; images as a single row."""
        return (steps if self.in_steps else 1), channels // self.planes


ENCODERS = {
    "latency": Encoder(latency, True),
    "burst": Encoder(burst, False),
    "contrast": Encoder(contrast, False, planes=2),
    "rate": Encoder(rate, False),
    "bit_planes": Encoder(bit_planes, False, planes=PLANES),
    **{
        f"bit_planes_{planes}": Encoder(partial(bit_planes, planes=planes), False, planes=planes)
        for planes in range(1, PLANES)
    },
    "spikes": Encoder(spikes, False, in_steps=True),
    "single_spikes": Encoder(single_spikes, True, in_steps=True),
}


def register_encoder(name: str, encoder: Encoder) -> None:
    """Make ``encoder`` known to configurations and networks by ``name``.

    It is tried on a few intensities. Networks keep only the name: whoever reads their files must
    have registered it too.

    Raises:
        ConfigError: The name is taken, or what it encodes is not bool (steps, samples, channels),
            or a channel spikes more often than the entry says.
    """
    owner = f"encoder {name!r}"
    steps, channels = 6, 4
    width = steps * channels if encoder.in_steps else channels
    intensities = np.linspace(0.0, 1.0, 3 * width, dtype=np.float32).reshape(3, width)
    trains = np.asarray(encoder.encode(intensities, steps, 0.1))
    if trains.shape != (steps, 3, channels * encoder.planes) or trains.dtype != np.bool_:
        raise ConfigError(
            f"{owner} gives {trains.dtype} {trains.shape} for 3 samples of {width} intensities and "
            f"{steps} steps; give bool (steps, samples, channels), "
            f"{(steps, 3, channels * encoder.planes)}."
        )
    most = int(trains.sum(0).max())
    if most > encoder.spikes_per_channel(steps):
        raise ConfigError(
            f"{owner}: a channel spikes {most} times in a sample, and single_spike = True promises "
            f"once at most; say False."
        )
    register_kind("encoder", ENCODERS, name, encoder)


def get_encoder(name: str) -> Encoder:
    """Look an encoder up by name; raises UnknownKindError with the names that exist."""
    if name not in ENCODERS:
        raise UnknownKindError("encoder", name, ENCODERS)
    return ENCODERS[name]


def encode(name: str, images: Array, steps: int, threshold: float) -> Array:
    """Encode images or spike trains.

    Args:
        name: Of the encoder.
        images: uint8 (0..255) or floats in [0, 1], (samples, channels); spike trains likewise, 0 or
            the highest value, (samples, steps * channels).
        steps: Steps of a sample.
        threshold: Intensity up to which a channel stays silent.

    Returns:
        Spikes, bool (steps, samples, channels).

    Raises:
        DataError: Values outside the range, or spike trains of other steps.
        UnknownKindError: No encoder has that name.
    """
    intensities = images / np.float32(255) if images.dtype == np.uint8 else images
    if intensities.size:
        low, high = float(intensities.min()), float(intensities.max())
        if not (low >= 0.0 and high <= 1.0):
            raise DataError(
                f"intensities span [{low}, {high}]; encoders need [0, 1]: rescale the data."
            )
    return get_encoder(name).encode(intensities, steps, threshold)
