"""What a page of a large network leaves out, and that it reads its samples once."""

from types import SimpleNamespace

import numpy as np
import pytest

from hw_targets.emulator import run as emulator
from lava_export.integers.file import load_integer_network
from spikeff.data.dataset import Split
from spikeff.data.registry import load_split
from spikeff.errors import LimitError
from spikeff.pipeline import silent
from spikeff.pipeline.energy.ann import compare_ann
from spikeff.pipeline.fidelity import check
from spikeff.pipeline.presentations import presentations
from spikeff.pipeline.report import collect, cost_sections
from spikeff.pipeline.saved import saved
from spikeff.references import ann


@pytest.fixture(scope="module")
def network(network_file):
    """64 pixels, 100 neurons, 10 classes."""
    return load_integer_network(network_file)


@pytest.fixture(scope="module")
def few():
    return load_split("digits", "test", None).head(6)


class TrainedError(Exception):
    pass


@pytest.fixture
def no_training(monkeypatch):
    def train(*_):
        raise TrainedError

    monkeypatch.setattr(ann, "train_ann", train)


def test_an_ann_beyond_the_limit_is_priced_without_training(network, few, no_training):
    found = compare_ann(network, few, None, silent, most_macs=7399)
    assert (found.sizes, found.epochs, found.macs) == ((64, 100, 10), 0, 7400)
    assert all(np.isnan(case.accuracy) for case in found.cases)
    shown = np.count_nonzero(few.images, axis=1).mean()
    inputs = presentations(few, network.input, network.labels, network.steps)
    spikes = emulator.run(network, inputs).trace.window(network.steps).spikes["layer1"]
    spiked = spikes.any(axis=0).sum(axis=1).mean()
    assert 0 < spiked < 100
    assert found.cases[0].effective_macs == pytest.approx(100 * shown + 10 * spiked)


def test_an_ann_up_to_the_limit_is_trained(network, few, no_training):
    with pytest.raises(TrainedError):
        compare_ann(network, few, None, silent, most_macs=7400)


@pytest.mark.parametrize(
    ("epochs", "macs", "said"),
    [
        (10, 5, "trained for 10 epochs on the same data"),
        (0, collect.MOST_MACS + 1, "`spikeff energy --compare ann` trains it"),
        (0, 5, "made elsewhere"),
    ],
)
def test_the_page_says_how_its_ann_was_trained(epochs, macs, said):
    assert said in cost_sections._training(SimpleNamespace(epochs=epochs, macs=macs))


def test_the_page_has_the_limit(network, few, monkeypatch):
    asked = SimpleNamespace(compare=("ann",), directory=None)
    monkeypatch.setattr(collect, "MOST_MACS", 0)
    assert collect._ann(asked, network, few, silent).epochs == 0


def test_sanafe_is_left_out_beyond_its_limit(network, few, monkeypatch):
    synapses = sum(len(c.connectivity.stored(c.weights)[0]) for c in network.connections)
    monkeypatch.setattr(collect, "compare_sanafe", lambda *_: "beside")
    monkeypatch.setattr(collect, "MOST_SYNAPSES", synapses)
    assert collect._sanafe(network, few) == "beside"
    monkeypatch.setattr(collect, "MOST_SYNAPSES", synapses - 1)
    with pytest.raises(LimitError, match=rf"{synapses:,} synapses.*`spikeff energy --sanafe"):
        collect._sanafe(network, few)


def test_simulators_are_given_the_first_of_the_page_s_samples(network_file, few, monkeypatch):
    ran = []

    def run(network, inputs, *_):
        ran.append((network, inputs))

    monkeypatch.setattr(check, "run_integers", run)
    monkeypatch.setattr(check, "load_samples", lambda *_: pytest.fail("read again"))
    asked = SimpleNamespace(check_samples=2, source=saved(network_file), directory=None, bits=8)
    assert collect._check(asked, few.take(slice(3, 6)), silent).samples == 2
    (made, inputs) = ran[0]
    expected = presentations(few.take(slice(3, 5)), made.input, made.labels, made.steps)
    np.testing.assert_array_equal(inputs, expected)


class _OnTheDisk:
    """Images of which no more than a batch is read at a time."""

    def __init__(self, images):
        self.images, self.shape, self.most = images, images.shape, 0

    def __getitem__(self, rows):
        read = self.images[rows]
        self.most = max(self.most, len(read))
        return read

    def __array__(self, *_):
        raise AssertionError("all images at once")


def test_an_ann_reads_its_training_samples_batch_by_batch(few, monkeypatch):
    monkeypatch.setattr(ann, "EPOCHS", 2)
    monkeypatch.setattr(ann, "BATCH", 16)
    monkeypatch.setattr(ann, "CALIBRATION_SAMPLES", 16)
    train = load_split("digits", "train", None).head(40)
    stored = Split(_OnTheDisk(train.images), train.labels, train.shape, train.classes)
    found = []
    for split in (train, stored):
        layers = ann.train_ann(split, (12,), 0, lambda _: None)
        baseline = ann.ann_baseline(layers, split, few)
        found.append([*(layer.weight.detach().numpy() for layer in layers), baseline.int8])
    np.testing.assert_equal(found[0][:2], found[1][:2])
    assert found[0][2] == found[1][2]
    assert stored.images.most == 16
