"""The task ``two-ears-sound``: from which angle a noise comes, heard by two ears in a room.

The noise has gone on for a while when a sample begins, so that reflections are part of it; how loud
it is differs by up to ``ROVING`` decibels either way. Each ear is a cochlea whose bands spike in
phase with the sound (``phase_locked``), a step is 40 microseconds. Channels: the left ear's bands,
then the right ear's. Angles, noise and rooms are drawn from fixed seeds.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from spikeff.data.dataset import Split
from spikeff.data.sound.cochlea import Cochlea
from spikeff.data.sound.head import Room, with_room
from spikeff.ir.arrays import Array

ANGLES = tuple(range(-90, 91, 10))  # degrees from straight ahead, one per class
SAMPLES = {"train": 9500, "test": 570}
SEEDS = {"train": 1, "test": 2}
RATE, FRAMES, STEPS = 50_000, 2, 240
BANDS, LOWEST, HIGHEST = 12, 600.0, 2000.0  # Hz: lower ones ring for longer than a sample
NOISE = 400.0, 2600.0  # Hz, lowest and highest of the noise
BEFORE = 1000  # frames of sound before a sample begins, and of the room's memory before these
ROVING = 6.0  # decibels
ROOM = Room()
LOUDNESS = 0.3  # root mean square of the noise, in full scales
CHUNK = 100


def load_two_ears_sound(split: str, directory: Path | None) -> Split:
    """The task; see ``spikeff.data.registry.load_split``. No ``directory`` is needed."""
    return heard_from(SAMPLES[split], np.random.default_rng([SEEDS[split], 3]))


def heard_from(samples: int, rng: np.random.Generator, room: Room = ROOM) -> Split:
    """``samples`` sounds from all angles, as often from each, as spikes of the two ears."""
    labels = rng.permutation(samples) % len(ANGLES)
    trains = np.zeros((samples, STEPS, 2 * BANDS), bool)
    for start in range(0, samples, CHUNK):
        part = slice(start, start + CHUNK)
        azimuth = np.deg2rad(np.array(ANGLES)[labels[part]])
        trains[part] = [ears_hear(pair) for pair in sounds(azimuth, room, rng)]
    images = trains.reshape(samples, -1) * np.uint8(255)
    return Split(images, labels.astype(np.int64), (STEPS, 2 * BANDS), len(ANGLES))


def sounds(azimuth: Array, room: Room, rng: np.random.Generator) -> Array:
    """Noise from ``azimuth``, radians (samples,), at the ears: (samples, 2, frames)."""
    length = BEFORE + STEPS * FRAMES
    whole = BEFORE + length
    source = _noise(len(azimuth), whole, rng)
    heard = np.fft.irfft(source * with_room(azimuth, whole, RATE, room, rng), whole)
    gain = 10 ** (rng.uniform(-ROVING, ROVING, (len(azimuth), 1, 1)) / 20)
    return np.asarray(gain * heard[..., -length:])


def _noise(samples: int, frames: int, rng: np.random.Generator) -> Array:
    """Spectra of noise of ``LOUDNESS``, (samples, 1, frequencies)."""
    frequencies = np.fft.rfftfreq(frames, 1 / RATE)
    within = (frequencies >= NOISE[0]) & (frequencies <= NOISE[1])
    white = np.fft.rfft(rng.normal(size=(samples, 1, frames)))
    return np.asarray(white * within * (LOUDNESS / np.sqrt(within.mean())))


def ears_hear(pair: Array) -> Array:
    """Spikes of a sample, bool (``STEPS``, 2 * ``BANDS``), of sound at the two ears (2, frames)."""
    each = [
        Cochlea(RATE, FRAMES, ("phase_locked",), BANDS, LOWEST, HIGHEST).hear(sound)[-STEPS:]
        for sound in pair
    ]
    return np.concatenate(each, axis=1)
