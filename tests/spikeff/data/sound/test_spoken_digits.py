"""Spoken digits: names of files, splits, and what training hears."""

import numpy as np
import pytest

from spikeff.data.registry import DATASETS, classes_of, get_dataset, holding_out, load_split
from spikeff.data.sound import spoken_digits
from spikeff.data.sound.spoken_digits import STEPS, evened, heard, raised, takes_in, trains_of
from spikeff.errors import ConfigError, DataError, UnknownNameError
from tests.spikeff.data.sound.recordings import digits, tone, write

NAME = "spoken-digits"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return digits(tmp_path_factory.mktemp("digits"))


def test_the_customary_test_part_are_the_first_five_of_each(folder):
    test, train = load_split(NAME, "test", folder), load_split(NAME, "train", folder)
    assert len(test) == 20
    assert np.bincount(test.labels).tolist() == [2] * 10
    assert len(train) == 20 * len(spoken_digits.SPEEDS)
    assert test.shape == train.shape == (STEPS, 320)
    assert test.classes == 10
    assert set(np.unique(test.images)) == {0, 255}
    first = trains_of(folder / "0_ann_4.wav", (1.0,))[0]
    np.testing.assert_array_equal(test.images[0] > 0, first.ravel())


def test_training_hears_every_recording_at_every_speed(folder):
    train = load_split(NAME, "train", folder)
    taught = [take for take in takes_in(folder) if take.index >= 5]
    at_speeds = trains_of(taught[3].path, spoken_digits.SPEEDS)
    for k, train_of_speed in enumerate(at_speeds):
        row = 3 + k * len(taught)
        assert train.labels[row] == taught[3].digit
        np.testing.assert_array_equal(train.images[row] > 0, train_of_speed.ravel())
    assert (at_speeds[0] != at_speeds[1]).any()


def test_a_speaker_held_out_is_the_whole_test_and_never_trained_on(folder):
    train = load_split(f"{NAME}@bob", "train", folder)
    test = load_split(f"{NAME}@bob", "test", folder)
    assert len(test) == 20
    assert len(train) == 20 * len(spoken_digits.SPEEDS)
    assert [take.speaker for take in takes_in(folder)[:4]] == ["ann", "bob", "ann", "bob"]
    heard_of = [trains_of(take.path, (1.0,))[0].ravel() for take in takes_in(folder)[:4]]
    np.testing.assert_array_equal(train.images[:2] > 0, heard_of[::2])
    np.testing.assert_array_equal(test.images[:2] > 0, heard_of[1::2])


def test_the_first_samples_are_of_all_digits(folder):
    for split in ("train", "test"):
        assert set(load_split(NAME, split, folder).labels[:20]) == set(range(10))


def test_who_is_held_out_must_be_there(folder):
    with pytest.raises(UnknownNameError, match="ann, bob"):
        load_split(f"{NAME}@carl", "train", folder)
    with pytest.raises(ConfigError, match=r"'digits' cannot hold out speaker 'bob': .*--hold-out"):
        load_split("digits@bob", "train", None)
    with pytest.raises(ConfigError, match="data sets of speakers"):
        load_split(f"{NAME}@", "train", folder)
    with pytest.raises(UnknownNameError, match=NAME):
        load_split("spoken-digit@bob", "train", folder)


def test_names_with_a_speaker_are_those_of_the_data_set():
    assert holding_out(NAME, "bob") == f"{NAME}@bob" == holding_out(f"{NAME}@ann", "bob")
    assert classes_of(f"{NAME}@bob") == 10
    assert get_dataset(NAME) is DATASETS[NAME]


def test_one_speaker_alone_cannot_be_held_out(tmp_path):
    folder = digits(tmp_path / "one", ("ann",), (0,))
    with pytest.raises(DataError, match="no recordings for 'train', with ann held out"):
        load_split(f"{NAME}@ann", "train", folder)
    with pytest.raises(DataError, match="no recordings for 'train', of an index below 5"):
        load_split(NAME, "train", folder)


@pytest.mark.parametrize(
    "name", ["x_ann_0.wav", "10_ann_0.wav", "1_ann.wav", "1_ann_0_b.wav", "1__0.wav", "1_ann_b.WAV"]
)
def test_other_names_are_refused(tmp_path, name):
    path = write(tmp_path / name, tone(500, 0.1, 8000), 8000)
    with pytest.raises(DataError, match="DIGIT_SPEAKER_INDEX") as caught:
        takes_in(tmp_path)
    assert str(path) in str(caught.value)


def test_files_beside_recordings_are_passed_over(tmp_path):
    write(tmp_path / "3_jo-ann b_12.WAV", tone(500, 0.1, 8000), 8000)
    (tmp_path / "README.md").write_text("digits")
    (tmp_path / "._3_ann_1.wav").write_bytes(b"")
    (tmp_path / "1_ann_3.wav").mkdir()
    (take,) = takes_in(tmp_path)
    assert (take.digit, take.speaker, take.index) == (3, "jo-ann b", 12)


def test_directories_without_recordings_are_named(tmp_path):
    with pytest.raises(DataError, match="--data DIR"):
        load_split(NAME, "train", None)
    with pytest.raises(DataError, match="holds no wav files"):
        load_split(NAME, "train", tmp_path)
    with pytest.raises(DataError, match="no directory"):
        load_split(NAME, "train", tmp_path / "none")


def test_one_damaged_recording_is_named(tmp_path):
    digits(tmp_path / "some", ("ann",), (0,))
    (tmp_path / "some" / "4_ann_0.wav").write_bytes(b"RIFF")
    with pytest.raises(DataError, match=r"4_ann_0\.wav"):
        load_split(NAME, "test", tmp_path / "some")


def test_high_tones_are_raised():
    low, high = (np.abs(raised(tone(f, 0.2, 8000))).max() for f in (200, 3000))
    assert high / low == pytest.approx(10, rel=0.3)


def test_how_loud_a_recording_is_does_not_matter():
    sound = tone(700, 0.3, 8000, 0.9)
    spikes = heard(evened(sound))
    assert spikes.sum() > 20
    np.testing.assert_array_equal(heard(evened(sound / 64)), spikes)
    assert not heard(evened(np.zeros(100))).any()


def test_recordings_longer_than_a_sample_are_cut_and_short_ones_end_in_silence():
    long = np.tile(tone(700, 0.2, 8000), 10)
    np.testing.assert_array_equal(heard(long), heard(long[:5120]))
    assert heard(tone(700, 0.1, 8000, 0.9))[30:].sum() == 0


def test_rates_and_widths_are_heard_alike(tmp_path):
    spikes = [
        trains_of(write(tmp_path / f"{k}.wav", tone(700, 0.3, rate), rate, width), (1.0,))[0]
        for k, (rate, width) in enumerate([(8000, "16"), (44100, "24"), (16000, "float32")])
    ]
    for other in spikes[1:]:
        assert (other != spikes[0]).sum() < 0.1 * spikes[0].sum()
