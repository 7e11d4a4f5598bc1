"""Arrays and tensors in hand: what they become, and what is said of those that do not fit."""

import numpy as np
import pytest
import torch

from spikeff.data.encoders import encode
from spikeff.data.in_memory import spikes_of, split_of_arrays
from spikeff.errors import DataError
from spikeff.ir.codes import InputCode

RNG = np.random.default_rng(5)
IMAGES = RNG.integers(0, 256, (6, 3, 4), dtype=np.uint8)
LABELS = np.array([0, 1, 2, 0, 1, 2])
TRAINS = RNG.random((6, 5, 4)) < 0.3
PIXELS = InputCode("latency", 12, 0.1, 1)
CHANNELS = InputCode("spikes", 4, 0.0, 5)


@pytest.mark.parametrize(
    "images",
    [
        IMAGES,
        IMAGES / 255,
        (IMAGES / 255).astype(np.float32),
        torch.tensor(IMAGES),
        torch.tensor(IMAGES / 255, requires_grad=True),
        (IMAGES / 255).tolist(),
    ],
)
def test_images_of_any_type_are_the_same_split(images):
    split = split_of_arrays(images, torch.tensor(LABELS), in_steps=False)
    np.testing.assert_array_equal(split.images, IMAGES.reshape(6, 12))
    np.testing.assert_array_equal(split.labels, LABELS)
    assert (split.shape, split.classes) == ((3, 4), 3)


def test_images_of_any_shape():
    flat = split_of_arrays(IMAGES.reshape(6, 12), LABELS, in_steps=False, classes=7)
    assert (flat.shape, flat.classes) == ((1, 12), 7)
    planes = split_of_arrays(np.stack([IMAGES, IMAGES], 1), LABELS, in_steps=False)
    assert planes.shape == (6, 4)
    np.testing.assert_array_equal(planes.images[:, :12], planes.images[:, 12:])


@pytest.mark.parametrize("spikes", [TRAINS, TRAINS.astype(np.float32), torch.tensor(TRAINS)])
def test_spike_trains_of_any_type_are_the_same_split(spikes):
    split = split_of_arrays(spikes, LABELS, in_steps=True)
    assert split.shape == (5, 4)
    np.testing.assert_array_equal(split.images, TRAINS.reshape(6, 20) * 255)


@pytest.mark.parametrize(
    ("samples", "labels", "in_steps", "message"),
    [
        (IMAGES / 16, LABELS, False, r"from 0 to 15\.\d+; floats must lie in 0 to 1"),
        (IMAGES - 0.5, LABELS, False, "leave out normalisation"),
        (np.full((6, 4), np.nan), LABELS, False, "values from nan"),
        (IMAGES.astype(int), LABELS, False, "samples: int64; give uint8, float or bool"),
        (IMAGES[0, 0], LABELS, False, r"shape \(4,\); images are"),
        (IMAGES, LABELS[:5], False, "6 integers are needed"),
        (IMAGES, LABELS / 2, False, "labels float64"),
        (IMAGES, LABELS - 1, False, "label -1; labels are integers from 0"),
        (IMAGES, LABELS * 0, False, "samples: 1 classes; 2 to 10000 can be learned"),
        (TRAINS * 2, LABELS, True, "hold values besides 0 and 1"),
        (TRAINS[0], LABELS, True, "samples, steps, channels"),
    ],
)
def test_what_cannot_be_learned_is_named(samples, labels, in_steps, message):
    with pytest.raises(DataError, match=message):
        split_of_arrays(samples, labels, in_steps)


def test_labels_with_gaps_need_a_word_and_unknown_ones_the_classes():
    with pytest.raises(DataError, match="labels 0, 4, 8 leave classes 1, 2, 3, 5, 6, 7 without"):
        split_of_arrays(IMAGES, LABELS * 4, in_steps=False)
    assert split_of_arrays(IMAGES, LABELS * 4, in_steps=False, classes=9).classes == 9
    assert split_of_arrays(IMAGES, None, in_steps=False, classes=9).labels.tolist() == [-1] * 6
    with pytest.raises(DataError, match="label -1"):
        split_of_arrays(IMAGES, None, in_steps=False)
    with pytest.raises(DataError, match="0 and 1 alone"):
        split_of_arrays(IMAGES // 200, LABELS, in_steps=False)


def test_more_labels_than_classes_are_named():
    with pytest.raises(DataError, match="label 2; labels 0 to 2 do not fit, for 2 classes"):
        split_of_arrays(IMAGES, LABELS, in_steps=False, classes=2)


@pytest.mark.parametrize("images", [IMAGES, IMAGES.reshape(6, 12) / 255, torch.tensor(IMAGES)])
def test_images_are_encoded_as_in_training(images):
    wanted = encode("latency", IMAGES.reshape(6, 12), 5, 0.1)
    np.testing.assert_array_equal(spikes_of(images, PIXELS, 5), wanted)


@pytest.mark.parametrize("code", [CHANNELS, InputCode("latency", 4, 0.1, 1)])
def test_spike_trains_are_taken_as_they_are(code):
    """By a network of images, too: its pixels are the channels."""
    spikes = spikes_of(TRAINS.astype(np.float64), code, 5)
    np.testing.assert_array_equal(spikes, TRAINS.transpose(1, 0, 2))
    assert spikes.dtype == np.bool_


@pytest.mark.parametrize(
    ("samples", "code", "message"),
    [
        (IMAGES[0], PIXELS, r"takes images of 12 values each.* given as x\[None\]"),
        (IMAGES[0].ravel(), PIXELS, r"x\[None\]"),
        (IMAGES[:, :2], PIXELS, r"shape \(6, 2, 4\) do not fit the network"),
        (TRAINS.transpose(0, 2, 1), CHANNELS, "swap the last two axes"),
        (TRAINS[:, :4], CHANNELS, r"spike trains of shape \(samples, 5, 4\)"),
        (IMAGES.reshape(6, 12), CHANNELS, r"takes spike trains of shape \(samples, 5, 4\)"),
        (TRAINS * 0.5, CHANNELS, "values besides 0 and 1"),
    ],
)
def test_what_a_network_cannot_take_is_named(samples, code, message):
    with pytest.raises(DataError, match=message):
        spikes_of(samples, code, 5)
