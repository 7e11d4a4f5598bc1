"""Spoken digits: recordings ``DIGIT_SPEAKER_INDEX.wav`` as spikes of a cochlea.

The form is that of the Free Spoken Digit Dataset (Jackson et al., CC BY-SA 4.0), whose authors test
on the indices below ``TESTED`` of every speaker and train on the others. With a speaker held out,
all of that speaker's recordings are the test, and training hears only the other speakers.

Recordings are brought to one loudness and one rate, and high tones are raised by 6 dB an octave, by
about as much as voices fall; beyond that an ear (``cochlea``) hears them as they come. A sample is
their first ``STEPS`` steps. For training each is also heard at other
``SPEEDS``, as in Ko et al. 2015 (Interspeech): voices, four of them, differ in pitch and pace.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from scipy.signal import lfilter

from spikeff.data.dataset import Split
from spikeff.data.sound.cochlea import Cochlea
from spikeff.data.sound.wav import read_wav
from spikeff.errors import DataError, UnknownNameError
from spikeff.ir.arrays import Array

CLASSES = 10
TESTED = 5  # indices below it are the customary test part
RATE, FRAMES, STEPS = 8000, 80, 64  # a step is 10 ms
SPEEDS = (1.0, 0.9, 1.12)
EMPHASIS = 0.95  # of each frame, taken from the next one
CODES = ("level_crossing",)
SMOOTHED = 0.03  # seconds over which the loudness of a recording is measured
FULL = np.uint8(255)
FORM = re.compile(r"(\d)_([^_]+)_(\d+)\.wav", re.IGNORECASE)


@dataclass(frozen=True)
class Take:
    """One recording.

    Attributes:
        path: Its file.
        digit: What is said.
        speaker: Who says it.
        index: Which of the speaker's recordings of the digit it is.
    """

    path: Path
    digit: int
    speaker: str
    index: int


def takes_in(directory: Path) -> list[Take]:
    """The recordings in ``directory``; files that are not wav are passed over.

    They are in the order of their index, then of digit and speaker: the first are of all of these.

    Raises:
        DataError: There are none, or a wav file has another name.
    """
    if not directory.is_dir():
        raise DataError(f"{directory} is no directory; pass the one with the wav files.")
    files = sorted(f for f in directory.iterdir() if f.suffix.lower() == ".wav" and f.is_file())
    takes = [_take(path) for path in files if not path.name.startswith(".")]
    if not takes:
        raise DataError(
            f"{directory} holds no wav files; recordings are named DIGIT_SPEAKER_INDEX.wav."
        )
    return sorted(takes, key=lambda take: (take.index, take.digit, take.speaker))


def _take(path: Path) -> Take:
    form = FORM.fullmatch(path.name)
    if form is None:
        raise DataError(
            f"{path}: recordings are named DIGIT_SPEAKER_INDEX.wav, as in 7_jackson_32.wav; rename "
            f"the file or move it away."
        )
    return Take(path, int(form[1]), form[2], int(form[3]))


def load_spoken_digits(split: str, directory: Path | None, held_out: str | None = None) -> Split:
    """The split "train" or "test" of the recordings in ``directory``.

    Args:
        split: Name of the split.
        directory: Of the wav files.
        held_out: The speaker who is the test; None for the customary split.

    Raises:
        DataError: Recordings are missing or cannot be read.
        UnknownNameError: There is no such speaker.
    """
    if directory is None:
        raise DataError("spoken digits are read from files: pass --data DIR with the wav files.")
    takes = takes_in(directory)
    tested = _tested(takes, held_out)
    chosen = [take for take in takes if tested(take) == (split == "test")]
    if not chosen:
        whose = f"with {held_out} held out" if held_out else f"of an index below {TESTED} tested"
        raise DataError(f"{directory} holds no recordings for {split!r}, {whose}.")
    return split_of(chosen, SPEEDS if split == "train" else (1.0,))


def without_speaker(speaker: str) -> Callable[[str, Path | None], Split]:
    """How a registry loads the data set with ``speaker`` held out."""
    return partial(load_spoken_digits, held_out=speaker)


def _tested(takes: Sequence[Take], held_out: str | None) -> Callable[[Take], bool]:
    if held_out is None:
        return lambda take: take.index < TESTED
    speakers = {take.speaker for take in takes}
    if held_out not in speakers:
        raise UnknownNameError("speaker", held_out, speakers)
    return lambda take: take.speaker == held_out


def split_of(takes: Sequence[Take], speeds: Sequence[float] = (1.0,)) -> Split:
    """Recordings, each at every speed, as spike trains; one speed after the other."""
    trains = np.stack([trains_of(take.path, speeds) for take in takes], axis=1)
    labels = np.tile(np.array([take.digit for take in takes], np.int64), len(speeds))
    images = trains.reshape(len(labels), -1) * FULL
    return Split(images, labels, (STEPS, trains.shape[3]), CLASSES)


def trains_of(path: Path, speeds: Sequence[float]) -> Array:
    """Spikes of one recording at each speed, bool (speeds, ``STEPS``, channels)."""
    recording = read_wav(path)
    sounds = (raised(recording.at(RATE, faster)) for faster in speeds)
    return np.stack([heard(evened(sound)) for sound in sounds])


def heard(sound: Array) -> Array:
    """Spikes of the first ``STEPS`` steps of ``sound``, (frames,) at ``RATE``, and of silence."""
    whole = np.zeros(STEPS * FRAMES)
    whole[: len(sound)] = sound[: len(whole)]
    return Cochlea(RATE, FRAMES, CODES).hear(whole)


def raised(sound: Array) -> Array:
    """``sound`` (frames,) with its high tones raised (pre-emphasis)."""
    return np.asarray(lfilter([1.0, -EMPHASIS], [1.0], sound))


def evened(sound: Array) -> Array:
    """``sound`` with its loudest moment at full scale, as by a microphone's gain."""
    kept = np.exp(-1.0 / (SMOOTHED * RATE))
    loudest = float(lfilter([1.0 - kept], [1.0, -kept], np.abs(sound)).max())
    return sound / loudest if loudest > 0 else sound
