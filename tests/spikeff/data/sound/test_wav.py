"""wav files of every width, rate and number of microphones; and those that cannot be read."""

import numpy as np
import pytest
from scipy.io import wavfile

from spikeff.data.sound import wav
from spikeff.data.sound.wav import read_wav
from spikeff.errors import DataError
from tests.spikeff.data.sound.recordings import WIDTHS, tone, write

SOUND = tone(440.0, 0.1, 8000)


@pytest.mark.parametrize("width", WIDTHS)
def test_every_width_holds_the_same_sound(tmp_path, width):
    recording = read_wav(write(tmp_path / "a.wav", SOUND, 8000, width))
    assert recording.rate == 8000
    assert recording.sound.dtype == np.float64
    error = 0.01 if width == "8" else 1e-4
    np.testing.assert_allclose(recording.at(8000), SOUND, atol=error)


@pytest.mark.parametrize("rate", [4000, 8000, 11025, 16000, 22051, 44100, 48000, 192000])
def test_every_rate_is_heard_as_the_same_tone(tmp_path, rate):
    recording = read_wav(write(tmp_path / "a.wav", tone(440.0, 0.1, rate), rate))
    heard = recording.at(8000)
    assert abs(len(heard) - 800) <= 1
    np.testing.assert_allclose(heard[:795], SOUND[:795], atol=0.01)


def test_what_lies_above_half_the_rate_is_not_folded_down(tmp_path):
    recording = read_wav(write(tmp_path / "a.wav", tone(7000.0, 0.1, 44100), 44100))
    assert np.abs(recording.at(8000)).max() < 0.01


def test_microphones_are_averaged(tmp_path):
    both = np.stack([SOUND, np.zeros_like(SOUND)], axis=1)
    for width in ("8", "16", "24"):
        recording = read_wav(write(tmp_path / "a.wav", both, 8000, width))
        assert recording.sound.shape == (800, 2)
        np.testing.assert_allclose(recording.at(8000), SOUND / 2, atol=0.01)


def test_faster_is_shorter_and_higher(tmp_path):
    recording = read_wav(write(tmp_path / "a.wav", tone(400.0, 0.2, 8000), 8000))
    faster = recording.at(8000, 1.25)
    spectrum = np.abs(np.fft.rfft(faster))
    assert len(faster) == pytest.approx(1280, abs=1)
    assert spectrum.argmax() * 8000 / len(faster) == pytest.approx(500, abs=8)


def _cut_off(path):
    path.write_bytes(write(path, SOUND, 8000).read_bytes()[:-101])


def _not_finite(path):
    write(path, np.array([0.0, np.nan]), 8000, "float32")


def _of_another_law(path):
    whole = bytearray(write(path, SOUND, 8000, "8").read_bytes())
    whole[20] = 7  # mu-law
    path.write_bytes(whole)


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda path: path.write_bytes(b""), "not readable"),
        (lambda path: path.write_text("no sound at all"), "not readable"),
        (lambda path: path.write_bytes(b"RIFF\x00\x00\x00\x00WAVE"), "not readable"),
        (_cut_off, "not readable"),
        (_of_another_law, "not readable"),
        (lambda path: path.mkdir(), "not readable"),
        (lambda path: wavfile.write(path, 8000, np.zeros(0, np.int16)), "no sound"),
        (_not_finite, "not finite"),
        (lambda path: write(path, SOUND, 999), "999 frames per second"),
        (lambda path: write(path, SOUND, 1_000_001), "1000001 frames per second"),
        (lambda path: write(path, np.zeros(61_000), 1000), "61.0 s"),
    ],
)
def test_damaged_files_are_named(tmp_path, damage, reason):
    path = tmp_path / "a.wav"
    damage(path)
    with pytest.raises(DataError, match=reason) as caught:
        read_wav(path)
    assert str(path) in str(caught.value)


def test_huge_files_are_refused_before_they_are_read(tmp_path, monkeypatch):
    path = write(tmp_path / "a.wav", SOUND, 8000)
    monkeypatch.setattr(wav, "MAX_BYTES", 100)
    with pytest.raises(DataError, match="more than 100 bytes"):
        read_wav(path)
