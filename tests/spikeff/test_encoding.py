import numpy as np
import pytest

from spikeff.encoding import ENCODERS, encode
from spikeff.errors import DataError, UnknownNameError

STEPS = 8


@pytest.fixture
def images():
    return np.random.default_rng(3).integers(0, 256, (20, 30), dtype=np.uint8)


@pytest.mark.parametrize("name", sorted(ENCODERS))
def test_shape_type_and_promised_spike_count(name, images):
    spikes = encode(name, images, STEPS, 0.1)
    assert spikes.shape == (STEPS, 20, 30)
    assert spikes.dtype == bool
    assert spikes.sum(axis=0).max() <= ENCODERS[name].spikes_per_channel(STEPS)


@pytest.mark.parametrize("name", sorted(ENCODERS))
def test_dark_pixels_are_silent(name, images):
    spikes = encode(name, images, STEPS, 0.3)
    dark = images <= 0.3 * 255
    assert not spikes[:, dark].any()
    assert spikes[:, images == images.max()].any()


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


def test_intensities_outside_the_range_are_refused():
    with pytest.raises(DataError, match=r"\[0\.0, 2\.0\]"):
        encode("latency", np.array([[0.0, 2.0]], np.float32), STEPS, 0.1)
    with pytest.raises(DataError, match="nan"):
        encode("latency", np.array([[0.0, np.nan]], np.float32), STEPS, 0.1)


def test_unknown_encoder_names_the_known():
    with pytest.raises(UnknownNameError, match=r"'latncy'.*'latency'.*burst, latency, rate"):
        encode("latncy", np.zeros((1, 1), np.uint8), STEPS, 0.1)
