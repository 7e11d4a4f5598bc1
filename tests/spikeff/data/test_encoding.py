import numpy as np
import pytest

from spikeff.data.encoders import ENCODERS, encode
from spikeff.errors import DataError, UnknownNameError

STEPS = 8
OF_INTENSITIES = sorted(name for name, entry in ENCODERS.items() if not entry.in_steps)
OF_SPIKES = sorted(name for name, entry in ENCODERS.items() if entry.in_steps)


@pytest.fixture
def images():
    return np.random.default_rng(3).integers(0, 256, (20, 30), dtype=np.uint8)


@pytest.mark.parametrize("name", OF_INTENSITIES)
def test_shape_type_and_promised_spike_count(name, images):
    spikes = encode(name, images, STEPS, 0.1)
    assert spikes.shape == (STEPS, 20, 30 * ENCODERS[name].planes)
    assert spikes.dtype == bool
    assert spikes.sum(axis=0).max() <= ENCODERS[name].spikes_per_channel(STEPS)


@pytest.mark.parametrize("name", sorted({*OF_INTENSITIES} - {"contrast"}))
def test_dark_pixels_are_silent(name, images):
    spikes = encode(name, images, STEPS, 0.3)
    planes = np.tile(images, ENCODERS[name].planes)
    assert not spikes[:, planes <= 0.3 * 255].any()
    assert spikes[:, planes == images.max()].any()


def test_bit_planes_add_up_to_the_intensity(images):
    images = np.where(images > 0.1 * 255, images, np.uint8(0))
    spikes = encode("bit_planes", images, STEPS, 0.1)
    planes = spikes.reshape(STEPS, 20, 8, 30)
    assert (planes == planes[0]).all()
    assert np.array_equal(np.einsum("b,sbc->sc", 1 << np.arange(8), planes[0]), images)
    floats = images / np.float32(255)
    assert np.array_equal(encode("bit_planes", floats, STEPS, 0.1), spikes)


def test_contrast_is_measured_against_the_mean_of_the_sample(images):
    spikes = encode("contrast", images, STEPS, 0.1)
    above, below = spikes[:, :, :30], spikes[:, :, 30:]
    level = images - images.mean(1, keepdims=True)
    level /= 2 * images.std(1, keepdims=True)
    np.testing.assert_array_equal(above[-1], level > 0.1)
    np.testing.assert_array_equal(below[-1], level < -0.1)
    np.testing.assert_array_equal(above, encode("burst", level.clip(0, 1), STEPS, 0.1))
    np.testing.assert_array_equal(below, encode("burst", (-level).clip(0, 1), STEPS, 0.1))
    brighter = encode("contrast", images // 2 + 100, STEPS, 0.1)
    assert (brighter == spikes).mean() > 0.97
    assert not encode("contrast", np.full((2, 30), 77, np.uint8), STEPS, 0.1).any()


def test_latency_orders_by_brightness(images):
    spikes = encode("latency", images, STEPS, 0.0)
    onset = spikes.argmax(axis=0)
    bright_first = np.argsort(images[0].astype(int))[::-1]
    lit = bright_first[images[0][bright_first] > 0]
    assert (np.diff(onset[0][lit]) >= 0).all()
    assert onset[images == 255].max(initial=0) == 0


def test_burst_keeps_firing_from_the_latency_onset_on(images):
    latency = encode("latency", images, STEPS, 0.1)
    burst = encode("burst", images, STEPS, 0.1)
    np.testing.assert_array_equal(np.cumsum(latency, axis=0) > 0, burst)


def test_rate_counts_follow_intensity():
    ramp = np.linspace(0, 1, 101, dtype=np.float32)[:, None].repeat(7, 1)
    counts = encode("rate", ramp, 20, 0.0).sum(axis=0)
    assert np.abs(counts - 20 * ramp).max() <= 1.0


def one_spike_each(samples, channels):
    times = np.random.default_rng(5).integers(STEPS, size=(samples, channels))
    return times, times[:, None] == np.arange(STEPS)[:, None]


@pytest.mark.parametrize("name", OF_SPIKES)
def test_spikes_pass_as_they_are(name):
    times, trains = one_spike_each(20, 30)
    images = trains.reshape(20, STEPS * 30) * np.uint8(255)
    for threshold in (0.0, 0.05, 0.9):
        spikes = encode(name, images, STEPS, threshold)
        assert spikes.dtype == bool
        assert spikes.shape == (STEPS, 20, 30)
        np.testing.assert_array_equal(spikes.argmax(0), times)
        np.testing.assert_array_equal(spikes.sum(0), 1)


def test_several_spikes_need_the_code_that_promises_no_less():
    _, trains = one_spike_each(4, 5)
    trains[2, :, 3] = [True, True, True] + [False] * 5
    images = trains.reshape(4, STEPS * 5) * np.uint8(255)
    spikes = encode("spikes", images, STEPS, 0.05)
    np.testing.assert_array_equal(spikes, trains.transpose(1, 0, 2))
    with pytest.raises(DataError, match="channel 3 spikes 3 times in sample 2"):
        encode("single_spikes", images, STEPS, 0.05)
    assert ENCODERS["spikes"].spikes_per_channel(STEPS) == STEPS
    assert ENCODERS["single_spikes"].spikes_per_channel(STEPS) == 1


@pytest.mark.parametrize("name", OF_SPIKES)
def test_spike_trains_of_no_whole_steps_are_refused(name):
    for width in (30, 4, 0):
        with pytest.raises(DataError, match=f"{width} values per sample .* 8 steps"):
            encode(name, np.zeros((2, width), np.uint8), STEPS, 0.05)


def test_input_channels_follow_from_the_shape():
    assert ENCODERS["latency"].channels((5, 6), STEPS) == 30
    assert ENCODERS["spikes"].channels((STEPS, 6), STEPS) == 6
    with pytest.raises(DataError, match="spikes in 16 steps, the network runs for 8"):
        ENCODERS["spikes"].channels((16, 6), STEPS)
    channels = 2 * 840  # that any number of bits up to 8 divides
    for entry in ENCODERS.values():
        assert entry.channels(entry.shape(channels, STEPS), STEPS) == channels
    assert ENCODERS["bit_planes"].channels((5, 6), STEPS) == 8 * 30


def test_intensities_outside_the_range_are_refused():
    with pytest.raises(DataError, match=r"\[0\.0, 2\.0\]"):
        encode("latency", np.array([[0.0, 2.0]], np.float32), STEPS, 0.1)
    with pytest.raises(DataError, match="nan"):
        encode("latency", np.array([[0.0, np.nan]], np.float32), STEPS, 0.1)


def test_unknown_encoder_names_the_known():
    with pytest.raises(
        UnknownNameError, match=r"'latncy'.*'latency'.*burst, contrast, latency, rate"
    ):
        encode("latncy", np.zeros((1, 1), np.uint8), STEPS, 0.1)
