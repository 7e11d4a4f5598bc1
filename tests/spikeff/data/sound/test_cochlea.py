"""The filter bank and its codes: what they hear, and that pieces change nothing."""

import numpy as np
import pytest

from spikeff.data.sound import codes
from spikeff.data.sound.cochlea import Cochlea
from spikeff.data.sound.codes import Clock, LevelCrossing, Onset, PhaseLocked
from spikeff.data.sound.gammatone import GammatoneBank, centre_frequencies
from spikeff.errors import ConfigError, DataError, UnknownNameError
from tests.spikeff.data.sound.recordings import tone

RATE = 8000
ALL = ("level_crossing", "onset", "phase_locked")


@pytest.fixture(scope="module")
def noise():
    rng = np.random.default_rng(5)
    return rng.normal(size=2400) * np.repeat(rng.random(24), 100)


def test_bands_are_as_wide_as_auditory_filters():
    centres = centre_frequencies(40, 100.0, 3600.0)
    widths = 24.7 * (0.00437 * centres + 1)  # Glasberg and Moore 1990
    in_widths = np.diff(centres) / np.sqrt(widths[1:] * widths[:-1])
    assert centres[[0, -1]] == pytest.approx([100.0, 3600.0])
    np.testing.assert_allclose(in_widths, in_widths[0], rtol=1e-3)


@pytest.mark.parametrize("band", [0, 7, 19])
def test_a_tone_is_loudest_in_its_band(band):
    bank = GammatoneBank(RATE, 20, 150.0, 3000.0)
    sound = np.sin(2 * np.pi * bank.centres[band] * np.arange(2000) / RATE)
    loud = np.abs(bank.filter(sound)[1000:]).max(0)
    assert loud.argmax() == band
    assert loud[band] == pytest.approx(1.0, rel=0.05)


@pytest.mark.parametrize("pieces", [[2400], [1] * 50 + [2350], [333, 0, 1111, 79, 877]])
def test_pieces_of_sound_give_the_spikes_of_the_whole(noise, pieces):
    whole = Cochlea(RATE, 80, ALL, bands=8).hear(noise)
    ear = Cochlea(RATE, 80, ALL, bands=8)
    parts = np.split(noise, np.cumsum(pieces)[:-1])
    np.testing.assert_array_equal(np.concatenate([ear.hear(part) for part in parts]), whole)
    assert whole.shape == (30, ear.channels) == (30, 8 * (10 + 4 + 1))
    for code in np.split(whole, [80, 112], axis=1):
        assert code.any()


def test_pieces_that_end_within_a_period_give_no_spikes_of_their_own():
    sound = np.sin(2 * np.pi * 200 * np.arange(400) / RATE)
    whole = Cochlea(RATE, 1, ("phase_locked",), bands=4).hear(sound)
    ear = Cochlea(RATE, 1, ("phase_locked",), bands=4)
    parts = [ear.hear(part) for part in np.split(sound, 40)]
    np.testing.assert_array_equal(np.concatenate(parts), whole)
    assert whole.any()


def _loud(*decibels):
    """Steps of one frame, as loud as said, in one band."""
    return 10.0 ** (np.array(decibels)[:, None, None] / 20)


def test_levels_are_crossed_upwards_and_downwards_in_channels_of_their_own():
    code = LevelCrossing(Clock(RATE, 1, 1), levels=(-30.0, -10.0))
    spikes = code.spikes(_loud(-40, -20, -20, -5, -40))
    assert spikes.astype(int).tolist() == [
        [0, 0, 0, 0],
        [1, 0, 0, 0],
        [0, 0, 0, 0],
        [0, 0, 1, 0],
        [0, 1, 0, 1],
    ]


def test_bands_are_fastest_among_channels():
    code = LevelCrossing(Clock(RATE, 1, 2), levels=(-30.0, -10.0))
    loud = np.concatenate([_loud(-40, -20), _loud(-40, -40)], axis=2)
    assert np.flatnonzero(code.spikes(loud)[1]).tolist() == [0]
    code = LevelCrossing(Clock(RATE, 1, 2), levels=(-30.0, -10.0))
    assert np.flatnonzero(code.spikes(loud[:, :, ::-1])[1]).tolist() == [1]


def test_onsets_are_rises_and_falls_beyond_the_slow_average():
    code = Onset(Clock(1000, 10, 1), bounds=(6.0, -6.0), seconds=0.05)
    steady = np.full(60, -40.0)
    spikes = code.spikes(_loud(*np.concatenate([steady, steady + 20, steady])))
    assert np.flatnonzero(spikes[5:, 0]).tolist() == [55]  # from silence it rises in step 0, too
    assert np.flatnonzero(spikes[:, 1]).tolist() == [120]


def test_slow_changes_are_no_onsets():
    code = Onset(Clock(1000, 10, 1), bounds=(6.0,), seconds=0.05)
    slope = np.concatenate([np.full(60, -60.0), np.linspace(-60, -20, 100)])
    assert not code.spikes(_loud(*slope))[20:].any()


def test_phase_locked_spikes_come_once_a_period():
    code = PhaseLocked(Clock(RATE, 1, 1), level=-20.0)
    sound = np.sin(2 * np.pi * 200 * (np.arange(800) + 0.5) / RATE)
    quiet = code.spikes(0.01 * sound[:, None, None])
    spikes = np.flatnonzero(code.spikes(sound[:, None, None]))
    assert not quiet.any()
    assert (np.diff(spikes) == 40).all()
    assert len(spikes) >= 19


def test_phase_locked_spikes_of_a_late_ear_are_as_late():
    sound = tone(500.0, 0.05, 40_000, 0.9)
    early, late = (
        Cochlea(40_000, 1, ("phase_locked",), bands=1, lowest=500.0, highest=500.0).hear(heard)
        for heard in (sound, np.concatenate([np.zeros(13), sound[:-13]]))
    )
    assert early.sum() > 10
    np.testing.assert_array_equal(early[200:1900], late[213:1913])


@pytest.mark.parametrize(
    "wrong",
    [{"bands": 0}, {"bands": 2000}, {"lowest": 0.0}, {"lowest": 3700.0}, {"highest": 4000.0}],
)
def test_banks_that_cannot_be_are_refused(wrong):
    with pytest.raises(ConfigError, match="bands from"):
        Cochlea(RATE, 80, **wrong)


@pytest.mark.parametrize(("rate", "lowest"), [(44_100, 100.0), (48_000, 200.0), (96_000, 300.0)])
def test_filters_that_floats_cannot_hold_are_refused(rate, lowest):
    with pytest.raises(ConfigError, match="resample the sound to a lower rate"):
        Cochlea(rate, 80, lowest=lowest)
    tone = np.sin(2 * np.pi * 1500 * np.arange(rate // 10) / rate)
    loud = np.abs(GammatoneBank(rate, 3, 1500.0, 3000.0).filter(tone)).max(0)
    assert loud[0] == pytest.approx(1.0, rel=0.02)


def test_steps_without_frames_are_refused():
    with pytest.raises(ConfigError, match="at least one frame"):
        Cochlea(RATE, 0)
    with pytest.raises(ConfigError, match="one code"):
        Cochlea(RATE, 80, ())


@pytest.mark.parametrize("sound", [np.zeros((4, 2)), np.array([0.0, np.inf])])
def test_sound_that_cannot_be_heard_is_refused(sound):
    with pytest.raises(DataError, match="one row of finite numbers"):
        Cochlea(RATE, 80).hear(sound)


def test_codes_are_a_registry(monkeypatch):
    monkeypatch.setattr(codes, "SOUND_CODES", dict(codes.SOUND_CODES))
    with pytest.raises(UnknownNameError, match="onset"):
        Cochlea(RATE, 80, ("onsets",))
    codes.register_sound_code("mine", PhaseLocked)
    assert Cochlea(RATE, 80, ("mine",), bands=4).channels == 4
    with pytest.raises(ConfigError, match="registered already"):
        codes.register_sound_code("mine", PhaseLocked)
