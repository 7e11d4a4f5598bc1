"""Small wav files: tones that tell digits apart, in every width that the format has."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
from scipy.io import wavfile

WIDTHS = ("8", "16", "24", "32", "float32", "float64")


def tone(frequency: float, seconds: float, rate: int, size: float = 0.5) -> np.ndarray:
    """A tone that begins and ends softly, (frames,)."""
    time = np.arange(round(seconds * rate)) / rate
    return size * np.sin(2 * np.pi * frequency * time) * np.sin(np.pi * time / seconds) ** 2


def write(path: Path, sound: np.ndarray, rate: int, width: str = "16") -> Path:
    """``sound`` (frames,) or (frames, microphones), full scale 1, as a wav file of ``width``."""
    if width == "24":
        return _write_24(path, sound, rate)
    if width == "8":
        values = np.round(sound * 127 + 128).astype(np.uint8)
    elif width.startswith("float"):
        values = sound.astype(width)
    else:
        values = np.round(sound * (2.0 ** (int(width) - 1) - 1)).astype(f"int{width}")
    wavfile.write(path, rate, values)
    return path


def _write_24(path: Path, sound: np.ndarray, rate: int) -> Path:
    values = np.round(sound * (2**23 - 1)).astype("<i4").reshape(len(sound), -1)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(values.shape[1])
        file.setsampwidth(3)
        file.setframerate(rate)
        file.writeframes(values.view(np.uint8).reshape(-1, 4)[:, :3].tobytes())
    return path


def digits(
    folder: Path, speakers: tuple[str, ...] = ("ann", "bob"), indices: tuple[int, ...] = (4, 5)
) -> Path:
    """Ten digits, each a tone of its own that rises or falls; speakers differ in pitch and rate."""
    folder.mkdir(exist_ok=True)
    for voice, speaker in enumerate(speakers):
        rate = (8000, 16000, 11025)[voice % 3]
        for digit in range(10):
            for index in indices:
                low = tone(300 * 1.25**digit * (1 + 0.05 * voice), 0.15, rate)
                high = tone(600 * 1.15 ** (9 - digit), 0.1 + 0.01 * index, rate, 0.3)
                sound = np.concatenate([low, high] if digit % 2 else [high, low])
                write(folder / f"{digit}_{speaker}_{index}.wav", sound, rate)
    return folder
