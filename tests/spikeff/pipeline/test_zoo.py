"""The networks that come with the package do what their table says."""

import os
from pathlib import Path

import pytest

import spikeff
from lava_export.integers.file import load_integer_network
from spikeff.data.registry import load_split
from spikeff.errors import UnknownNameError
from spikeff.training.config.files import preset_table
from spikeff.training.config.schema import make_config
from spikeff.zoo import network_path, zoo
from tests.paths import SPOKEN_DIGITS

LARGEST = 2_000_000  # bytes
# Of millions of synapses, most of which are not zero.
LARGER = {
    "two-views": 3_500_000,
    "fashion": 6_000_000,
    "fashion-columns": 6_000_000,
    "mnist-topdown": 3_000_000,
    "mnist-once": 4_000_000,
    "mnist-once-pure": 6_000_000,
}
MNIST = os.environ.get("SPIKEFF_MNIST")


@pytest.mark.parametrize("name", zoo())
def test_files_are_small_and_of_the_preset_that_they_name(name):
    entry = zoo()[name]
    assert entry.path.stat().st_size < LARGER.get(name, LARGEST)
    network = load_integer_network(entry.path)
    assert network.dataset == entry.dataset == preset_table(name)["data"]["dataset"]
    goodness = make_config(preset_table(name), name).layers[0].goodness
    assert goodness is not None
    assert network.readout.goodness == goodness.kind
    assert f"--preset {name} " in entry.commands[0]


@pytest.mark.parametrize("name", ["digits", "context"])
def test_built_in_data_on_the_whole_test_split(name):
    _as_its_table_says(name, None)


@pytest.mark.skipif(MNIST is None, reason="set SPIKEFF_MNIST to the directory of MNIST's IDX files")
@pytest.mark.parametrize("name", ["mnist-once", "mnist-once-pairs", "mnist-columns"])
def test_mnist_on_the_whole_test_split(name):
    _as_its_table_says(name, Path(str(MNIST)))


@pytest.mark.slow
@pytest.mark.skipif(not SPOKEN_DIGITS.is_dir(), reason="SPIKEFF_SPOKEN_DIGITS is to name them")
def test_spoken_digits_on_the_customary_test_part():
    _as_its_table_says("spoken-digits-once", SPOKEN_DIGITS)


@pytest.mark.slow
def test_sound_of_two_ears_on_the_whole_test_split():
    _as_its_table_says("two-ears-sound", None)


def _as_its_table_says(name, data):
    entry = zoo()[name]
    assert len(load_split(entry.dataset, "test", data)) == entry.test_samples
    result = spikeff.run(f"zoo:{name}", data=data)
    assert result.samples == entry.test_samples
    assert result.accuracy == entry.accuracy
    assert result.synops_per_sample == entry.synops


def test_other_names_are_refused():
    with pytest.raises(UnknownNameError, match="Did you mean 'mnist-columns'"):
        network_path("zoo:mnist-column")
