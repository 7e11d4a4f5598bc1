"""Sound at the two ears of a head in a room: differences of time and of level, and reverberation.

Time     Woodworth 1938: a rigid sphere, the path around it.
Level    Brown and Duda 1998 (IEEE Transactions on Speech and Audio Processing 6): the shadow of a
         sphere, as a filter of one pole and one zero that turns with the angle to the ear.
Room     early reflections from directions drawn at random, each at both ears as a source of its
         own, and a late tail that has nothing in common at the two.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spikeff.ir.arrays import Array

RADIUS, SPEED = 0.0875, 343.0  # of a head in metres, of sound in metres per second
LEAST, DARKEST = 0.1, np.deg2rad(150.0)  # of the shadow: least gain at high frequencies, and where
REFLECTIONS, FIRST, LAST = 6, 0.002, 0.02  # how many, and seconds after the direct sound


@dataclass(frozen=True)
class Room:
    """How much of the sound comes from walls.

    Attributes:
        direct: Energy of the direct sound over that of all else, in decibels, as without a head.
        early: Share of the reflections in the energy of all else.
        decay: Seconds in which the tail falls by 60 dB.
    """

    direct: float = 10.0
    early: float = 0.5
    decay: float = 0.3


def at_ears(azimuth: Array, frequencies: Array) -> Array:
    """What the head does to a far sound on its way to the two ears.

    Args:
        azimuth: In radians from straight ahead, positive to the right: (samples,).
        frequencies: In Hz.

    Returns:
        Factors, complex (samples, 2, frequencies); the left ear comes first.
    """
    omega = 2 * np.pi * frequencies
    to_ear = np.abs(azimuth[:, None] - np.array([-np.pi / 2, np.pi / 2]))
    to_ear = np.minimum(to_ear, 2 * np.pi - to_ear)
    shadow = 1 + LEAST / 2 + (1 - LEAST / 2) * np.cos(to_ear / DARKEST * np.pi)
    corner = omega * RADIUS / (2 * SPEED)
    gain = (1 + 1j * shadow[..., None] * corner) / (1 + 1j * corner)
    return np.asarray(gain * np.exp(-1j * omega * _late(azimuth)[..., None]))


def _late(azimuth: Array) -> Array:
    """Seconds by which each ear hears later than the middle of the head would, (samples, 2)."""
    lateral = np.arcsin(np.clip(np.sin(azimuth), -1, 1))  # sounds behind are as late as in front
    half = RADIUS / (2 * SPEED) * (lateral + np.sin(lateral))
    return np.stack([half, -half], axis=1)


def with_room(
    azimuth: Array, frames: int, rate: int, room: Room, rng: np.random.Generator
) -> Array:
    """As :func:`at_ears`, with the room: a spectrum of ``frames`` frames at ``rate``.

    Returns:
        Complex (samples, 2, frames // 2 + 1).
    """
    frequencies = np.fft.rfftfreq(frames, 1 / rate)
    direct = at_ears(azimuth, frequencies)
    energy = 10 ** (-room.direct / 10)
    early = _reflections(len(azimuth), frequencies, rng) * np.sqrt(energy * room.early)
    tail = _tail(len(azimuth), frames, rate, room.decay, rng) * np.sqrt(energy * (1 - room.early))
    return np.asarray(direct + early + tail)


def _reflections(samples: int, frequencies: Array, rng: np.random.Generator) -> Array:
    """Reflections whose energies add up to one."""
    directions = rng.uniform(-np.pi, np.pi, (samples, REFLECTIONS))
    late = rng.uniform(FIRST, LAST, (samples, REFLECTIONS))
    sizes = rng.normal(size=(samples, REFLECTIONS)) * np.exp(-late / LAST)
    sizes /= np.sqrt((sizes**2).sum(1, keepdims=True))
    total = np.zeros((samples, 2, len(frequencies)), complex)
    for direction, delay, size in zip(directions.T, late.T, sizes.T, strict=True):
        path = size[:, None] * np.exp(-2j * np.pi * frequencies * delay[:, None])
        total += at_ears(direction, frequencies) * path[:, None]
    return total


def _tail(samples: int, frames: int, rate: int, decay: float, rng: np.random.Generator) -> Array:
    """Noise that dies away, another one at each ear, of energy one."""
    after = np.arange(frames) / rate
    fading = np.where(after < FIRST, 0.0, 10 ** (-3 * after / decay))
    noise = rng.normal(size=(samples, 2, frames)) * fading
    return np.fft.rfft(noise / np.sqrt((noise**2).sum(2, keepdims=True)))
