"""Sound at two ears: delays, levels and echoes; and the task made of them."""

import numpy as np
import pytest

from spikeff.data.registry import classes_of, load_split, near_of
from spikeff.data.sound import two_ears
from spikeff.data.sound.head import RADIUS, SPEED, Room, at_ears, with_room
from spikeff.data.sound.two_ears import ANGLES, BANDS, RATE, ears_hear, heard_from, sounds

DRY = Room(direct=200.0)


def _rng():
    return np.random.default_rng(3)


def _lag(azimuth, room=DRY):
    """Frames by which the left ear hears later than the right one, by their correlation."""
    left, right = sounds(np.array([azimuth]), room, _rng())[0]
    lags = np.arange(-40, 41)
    agree = [np.dot(left[60:-60], np.roll(right, lag)[60:-60]) for lag in lags]
    return lags[np.argmax(agree)]


@pytest.mark.parametrize("degrees", [-90, -40, 0, 20, 70])
def test_sound_reaches_the_far_ear_later_by_the_way_around_the_head(degrees):
    angle = np.deg2rad(degrees)
    late = RADIUS / SPEED * (angle + np.sin(angle)) * RATE
    # The shadow of the head delays low frequencies a little more.
    assert _lag(angle) == pytest.approx(late, abs=max(2.5, 0.25 * abs(late)))


def test_the_near_ear_hears_high_tones_louder_and_low_ones_alike():
    (left, right) = np.abs(at_ears(np.deg2rad([60.0]), np.array([20.0, 8000.0])))[0]
    assert right[0] / left[0] == pytest.approx(1.0, abs=0.1)
    assert right[1] / left[1] > 3


def test_left_and_right_mirror_each_other():
    frequencies = np.linspace(0, 4000, 9)
    left, right = at_ears(np.deg2rad([35.0, -35.0]), frequencies)
    np.testing.assert_allclose(left, right[::-1])
    assert at_ears(np.zeros(1), np.zeros(1))[0, :, 0] == pytest.approx([1.0, 1.0])


def test_a_room_adds_energy_that_the_ears_do_not_share():
    dry, wet, dull = (
        with_room(np.zeros(50), 2400, RATE, Room(direct=level), _rng())
        for level in (200.0, 0.0, 10.0)
    )
    np.testing.assert_allclose(dry[:, 0], dry[:, 1], atol=1e-6)
    added = np.fft.irfft(wet - dry, 2400)
    energy = (added**2).sum(2).mean()
    direct = (np.fft.irfft(dry, 2400) ** 2).sum(2).mean()
    assert 0.7 < energy / direct < 2.5  # the head is between the ear and the half of it
    np.testing.assert_allclose(10 * np.abs(dull - dry) ** 2, np.abs(wet - dry) ** 2, atol=1e-3)
    early = (added[:, :, :60] ** 2).sum()  # 2 ms are 100 frames, and near ears hear earlier
    assert early < 0.02 * (added**2).sum()
    assert np.corrcoef(added[:, 0].ravel(), added[:, 1].ravel())[0, 1] < 0.8


def test_spikes_of_the_ears_are_as_far_apart_as_the_sound():
    spikes = ears_hear(sounds(np.deg2rad([60.0]), DRY, _rng())[0])
    left, right = spikes[:, :BANDS].astype(int), spikes[:, BANDS:].astype(int)
    meets = [(left[30:-30] * np.roll(right, lag, 0)[30:-30]).sum() for lag in range(-25, 26)]
    frames = _lag(np.deg2rad(60.0))
    assert np.argmax(meets) - 25 == pytest.approx(frames / two_ears.FRAMES, abs=1)


def test_the_task_holds_every_angle_as_often_and_is_drawn_from_seeds(monkeypatch):
    monkeypatch.setattr(two_ears, "SAMPLES", {"train": 38, "test": 19})
    train, test = (load_split("two-ears-sound", name, None) for name in ("train", "test"))
    assert np.bincount(train.labels).tolist() == [2] * len(ANGLES)
    assert train.shape == (240, 24)
    assert len(test) == 19
    np.testing.assert_array_equal(load_split("two-ears-sound", "test", None).images, test.images)
    assert not (train.images[:19] == test.images).all()
    assert classes_of("two-ears-sound") == 19 == test.classes
    assert (near_of("two-ears-sound"), near_of("digits"), near_of("")) == (
        "within 10 degrees",
        "",
        "",
    )


def test_how_loud_the_noise_is_differs_between_samples():
    split = heard_from(40, _rng(), DRY)
    counts = (split.images > 0).sum(1)
    assert counts.std() > 5
    quiet, loud = sounds(np.zeros(60), DRY, _rng()).std((1, 2)).min(), 0.6
    assert quiet < 0.3 < loud
