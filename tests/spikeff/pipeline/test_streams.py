"""Pages of networks in time: streams that meet, goodness over steps, fields up and down."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from lava_export.quantize.quantize import quantize
from spikeff.data.registry import load_split
from spikeff.ir.readout_codes import summed_goodness
from spikeff.lowering import describe
from spikeff.nn.builder import calibrate
from spikeff.pipeline.presentations import presentations
from spikeff.pipeline.report import stream_figures
from spikeff.pipeline.report.streams import comes_back, sent_fields, streams_of
from spikeff.training.config.files import preset_table
from spikeff.training.config.overlay import with_fields
from spikeff.training.config.schema import make_config
from spikeff.training.model import Model

BACK = {"source": "layer2", "target": "layer1", "delay": 2}
LATERAL = {"source": "layer2", "target": "layer2", "delay": 1}


@pytest.fixture(scope="module")
def split():
    return load_split("digits", "test", None).head(4)


def model_of(split, preset="digits-columns", **network):
    small = {"network.layers": [100, 50], "network.layer_defaults.column_size": 5}
    fields = small | {"network.layer_defaults.initial_firing": 0.2, "data.shift": 0}
    table = with_fields(preset_table(preset), fields)
    table["network"] |= network
    config = make_config(table, "test")
    made = Model.build(config, 64, 10, torch.device("cpu"))
    calibrate(made.network, config.network, config.data, split)
    return made


@pytest.fixture(scope="module")
def model(split):
    return model_of(split, layers=[100, 50], connections=[BACK, LATERAL])


@pytest.fixture(scope="module")
def network(model):
    return quantize(describe(model), 8)


def test_currents_of_both_streams_are_those_of_their_connections(network, split):
    from hw_targets.emulator import run as emulator

    streams = streams_of(network, split)
    assert list(streams.meetings) == ["layer1", "layer2"]
    inputs = presentations(split, network.input, None, network.steps)
    spikes = emulator.run(network, inputs).trace.window(network.steps).spikes
    first, second = (spikes[name][:, 0] for name in ("layer1", "layer2"))
    found = streams.meetings["layer1"]
    assert np.array_equal(found.spikes, first)
    up, down, feed, lateral = (weights_of(network, *ends) for ends in ENDS)
    assert np.array_equal(found.below, inputs[:, 0] @ up.T > 0)
    late = np.zeros_like(second, np.float64)
    late[2:] = second[:-2]
    assert np.array_equal(found.back, late @ down.T > 0)
    assert found.back.any()
    late[1:] = second[:-1]
    late[0] = 0
    assert np.array_equal(streams.meetings["layer2"].back, late @ lateral.T > 0)
    assert np.array_equal(streams.meetings["layer2"].below, first @ feed.T > 0)


ENDS = (("input", "layer1"), ("layer2", "layer1"), ("layer1", "layer2"), ("layer2", "layer2"))


def weights_of(network, source, target):
    (c,) = (c for c in network.connections if (c.source, c.target) == (source, target))
    return c.weights.astype(np.float64) * 2.0**c.weight_exp


def test_goodness_grows_to_that_of_the_whole_sample(network, split):
    from hw_targets.emulator import run as emulator

    growth = streams_of(network, split).growth
    inputs = presentations(split, network.input, None, network.steps)
    spikes = emulator.run(network, inputs).trace.window(network.steps).spikes
    for name, (right, wrong) in growth.items():
        assert right.shape == wrong.shape == (network.steps,)
        whole = summed_goodness(spikes, network.readout.of(name), network.populations)
        own = np.arange(10) == split.labels[:, None]
        np.testing.assert_allclose(right[-1], whole[own].mean())
        np.testing.assert_allclose(wrong[-1], whole[~own].mean())


def test_labels_that_are_shown_are_right_and_wrong(split):
    labels = {"targets": ["layer2"], "steps": list(range(8)), "neurons": 2}
    model = model_of(split, "digits-burst", layers=[60, 40], connections=[BACK], labels=labels)
    network = quantize(describe(model), 8)
    streams = streams_of(network, split)
    assert list(streams.meetings) == ["layer1"]
    right, wrong = streams.growth["layer1"]
    assert right.shape == wrong.shape == (8,)
    assert stream_figures.growth(streams.growth).data[1].line.dash == "dot"


def test_fields_go_through_the_layer_below_and_back(model):
    description = describe(model)
    (name, fields), *others = sent_fields(description).items()
    assert name == "layer2"
    assert not others
    pixels, feed, down = (
        model.network.weight_parts(depth)[part].numpy() for depth, part in ((0, 0), (1, 0), (0, 1))
    )
    np.testing.assert_allclose(fields.up, feed @ pixels, atol=1e-5)
    np.testing.assert_allclose(fields.down, down.T @ pixels, atol=1e-5)


def test_fields_of_all_synapses_that_go_down_add(split):
    """Connections of several delays, two of them or one whose synapses differ in theirs."""
    delays = {"max_delay": 2, "learned": False}
    model = model_of(split, layers=[100, 50], connections=[BACK | {"delays": delays}, BACK])
    pixels, several, one = (model.network.weight_parts(0)[part].numpy() for part in range(3))
    description = describe(model)
    ((_, fields),) = sent_fields(description).items()
    assert sum(c.target == "layer1" and c.source == "layer2" for c in description.connections) > 2
    np.testing.assert_allclose(fields.down, (several + one).T @ pixels, atol=1e-5)


def test_layers_in_a_row_have_no_streams(split):
    row = quantize(describe(model_of(split)), 8)
    assert not comes_back(row)
    assert streams_of(row, split) is None


def test_a_raster_tells_every_spike_once(network, split):
    streams = streams_of(network, replace(split, labels=np.full(4, -1)))
    assert not streams.growth
    found = streams.meetings["layer1"]
    figure = stream_figures.meeting(found)
    assert sum(len(trace.x) for trace in figure.data) == found.spikes.sum()
    both = figure.data[0]
    assert both.name == f"both in this step ({len(both.x)})"
    assert found.below[both.x, both.y].all()
    assert found.back[both.x, both.y].all()
