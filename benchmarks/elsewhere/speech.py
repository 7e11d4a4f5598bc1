"""Recordings of spoken digits as spike trains; numpy alone, so that any library can import it."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np

STEPS = 50
BANDS = 24
DECIBELS = (-40.0, -30.0, -20.0, -10.0)
CHANNELS = BANDS * len(DECIBELS)
HOP, WINDOW = 128, 256  # samples: a step is 16 ms at 8 kHz


def recordings(folder):
    """All of DIGIT_SPEAKER_INDEX.wav: spikes, digits, speakers and indices, in order of name.

    Returns:
        Spikes, float32 (recordings, STEPS, CHANNELS); digits, int64; speakers, str; indices, int64.
    """
    files = sorted(Path(folder).glob("*.wav"))
    names = [file.stem.split("_") for file in files]
    return (
        np.stack([spikes_of(file) for file in files]),
        np.array([int(name[0]) for name in names]),
        np.array([name[1] for name in names]),
        np.array([int(name[2]) for name in names]),
    )


def spikes_of(file):
    """A channel for each band and level spikes in every step in which the band is that loud.

    Levels are decibels below the loudest band of the recording, which is cut or filled with silence
    after STEPS steps.
    """
    with wave.open(str(file)) as opened:
        sound = np.frombuffer(opened.readframes(opened.getnframes()), np.int16) / 32768
    sound = np.pad(sound, (0, WINDOW + HOP * STEPS))
    frames = np.lib.stride_tricks.sliding_window_view(sound, WINDOW)[::HOP][:STEPS]
    power = np.abs(np.fft.rfft(frames * np.hanning(WINDOW))) ** 2 @ mel_bands().T
    level = 10 * np.log10(power / power.max() + 1e-9)
    louder = level[:, :, None] > np.array(DECIBELS)
    return louder.reshape(STEPS, CHANNELS).astype(np.float32)


def mel_bands(rate=8000):
    """Triangles as wide as the mel scale makes them, (BANDS, WINDOW // 2 + 1)."""
    mel = np.linspace(0, 2595 * np.log10(1 + rate / 2 / 700), BANDS + 2)
    edges = 700 * (10 ** (mel / 2595) - 1)
    hertz = np.fft.rfftfreq(WINDOW, 1 / rate)
    low, middle, high = (edges[i : BANDS + i, None] for i in range(3))
    return np.clip(
        np.minimum((hertz - low) / (middle - low), (high - hertz) / (high - middle)), 0, 1
    )
