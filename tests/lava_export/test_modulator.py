"""The modulation of a sample, computed by stock neurons, is that of the program's table."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from hw_targets.registry import get_target
from lava_export.plastic import forward_forward, modulator
from lava_export.plastic.modulator import NEGATIVES, POSITIVES, with_modulator
from spikeff.data.labels import present_all_labels
from spikeff.data.registry import load_split
from spikeff.errors import LimitError
from spikeff.pipeline.on_chip.network import plastic_network
from spikeff.training.resolve import wanted_fields, whole_config
from tests.spikeff.pipeline.on_chip.small import trains

SAMPLES = load_split("digits", "train", None).head(12)


def coincidences(spikes, column_size):
    """Of each sample: T times the pairs that meet, less those that counts alone give."""
    steps, samples, _ = spikes.shape
    columns = spikes.reshape(steps, samples, -1, column_size).sum(axis=3).astype(int)
    counts = columns.sum(axis=0)
    together = steps * (columns * (columns - 1)).sum(axis=(0, 2))
    return together - (counts * (counts - 1)).sum(axis=1)


@pytest.fixture(scope="module")
def network():
    config = whole_config(wanted_fields("digits-onchip", None, None, None))
    layer = config.network.layers[0].model_copy(update={"neurons": 60, "column_size": 20})
    sections = config.network.model_copy(update={"layers": (layer,)})
    return plastic_network(config.model_copy(update={"network": sections}), SAMPLES)


@pytest.mark.parametrize(
    ("theta", "scale", "rate"), [(0.5, 10.0, 1e-3), (0.3, 1.0, 8e-3), (3.0, 100.0, 8e-3)]
)
def test_as_many_neurons_fire_as_the_modulation_is_below_its_highest(network, theta, scale, rate):
    """Also where the table is coarser than the sums, and where it falls by several at once."""
    program = forward_forward.program(network, theta, scale, rate)
    found = with_modulator(network, program)
    inputs = present_all_labels(trains(network, SAMPLES), network.labels)
    trace = get_target("emulator").run(found.network, inputs).trace
    inner = trace.window(network.steps).spikes["layer1"]
    together = coincidences(inner, 20)
    for name, positive in ((POSITIVES, True), (NEGATIVES, False)):
        spikes = trace.spikes[name]
        assert not spikes[: network.steps].any()
        modulation = found.highest[name] - spikes.sum(axis=(0, 2), dtype=int)
        expected = program.modulation(together, positive)
        np.testing.assert_array_equal(modulation, expected)
        assert len(set(expected.tolist())) > 2


def test_more_goodness_than_a_threshold_holds_is_refused(network, monkeypatch):
    program = forward_forward.program(network, 3.0, 10.0, 8e-3)
    monkeypatch.setattr(modulator, "limits", SimpleNamespace(VTH_MAX=100))
    with pytest.raises(LimitError, match="may reach 5130 units, thresholds 100"):
        with_modulator(network, program)
