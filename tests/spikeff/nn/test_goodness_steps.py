"""Goodness that is collected from some steps of the sample only."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from lava_export.quantize.quantize import quantize
from lava_export.readout.chip_readout import with_chip_readout
from spikeff.errors import ConfigError, DescriptionError, LimitError
from spikeff.ir.goodness import BUILT_IN, class_goodness, collected, in_columns
from spikeff.ir.io.description import load_description, save_description
from spikeff.ir.readout_codes import answers, summed_goodness
from spikeff.learning.objectives.objective import Judgement
from spikeff.learning.rules.backprop import spike_error
from spikeff.lowering import describe
from spikeff.nn.goodness_gradient import goodness_gradient
from spikeff.nn.neurons.lif import LIFConstants
from spikeff.nn.population import GoodnessSpec, SpikingPopulation
from spikeff.nn.presented import LayerRun
from spikeff.training.config.files import preset_table
from spikeff.training.config.overlay import with_fields
from spikeff.training.config.schema import make_config
from spikeff.training.model import Model

CONSTANTS = LIFConstants(2e-3, 2e-3, 1.0, 1e-3, None)
STEPS, SAMPLES, NEURONS, COLUMN = 9, 4, 12, 3
WINDOW = (2, 6)
STEPS_OF = "network.layer_defaults.goodness.steps"


def population(name="pairs", steps=WINDOW, beta=0.0, **homeostasis):
    spec = GoodnessSpec(name, beta, 2.0, steps)
    return SpikingPopulation(NEURONS, COLUMN, CONSTANTS, spec, **homeostasis)


def drawn(seed=0, share=0.4):
    generator = torch.Generator().manual_seed(seed)
    return (torch.rand(STEPS, SAMPLES, NEURONS, generator=generator) < share).float()


@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_only_spikes_of_these_steps_count(name):
    spikes, layer = drawn(), population(name)
    inside = population(name, None).column_goodness(spikes[2:6])
    assert torch.equal(layer.column_goodness(spikes), inside)
    assert not torch.equal(population(name, None).column_goodness(spikes), inside)


@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_the_error_is_that_of_these_steps_and_none_in_the_others(name):
    spikes, modulation = drawn(1), torch.randn(SAMPLES, NEURONS // COLUMN)
    error = population(name).spike_error(spikes, modulation)
    inside = population(name, None).spike_error(spikes[2:6], modulation)
    assert len(error) == STEPS
    assert torch.equal(error[2:6], inside.expand_as(error[2:6]))
    assert not error[:2].any()
    assert not error[6:].any()
    psi = torch.ones_like(spikes)
    assert torch.equal(population(name).error(spikes, psi, modulation)[6:], torch.zeros(3, 4, 12))


def test_a_slope_that_a_rule_brings_is_cut_to_these_steps():
    spikes, modulation = drawn(2), torch.randn(SAMPLES, NEURONS // COLUMN)
    slope = goodness_gradient("pairs", in_columns(spikes, COLUMN), 0.0)
    own = population().spike_error(spikes, modulation)
    torch.testing.assert_close(population().spike_error(spikes, modulation, slope), own)


def test_backprop_spreads_the_error_of_these_steps_over_the_sample():
    spikes = drawn(3)
    run = LayerRun(0, population("rate"), spikes, torch.ones_like(spikes), (spikes,))
    error = spike_error(run, Judgement(torch.ones(SAMPLES, NEURONS // COLUMN)))
    assert error.shape == spikes.shape
    assert not error[[0, 1, 6, 7, 8]].any()
    torch.testing.assert_close(error[2], 4 * spikes[2:6].sum(0) / (COLUMN - 1))


def test_spikes_that_end_before_them_have_no_goodness():
    spikes = drawn()[:2]
    assert not population().column_goodness(spikes).any()
    assert collected(np.ones((2, 3, 4), bool), (2, 5)).dtype == np.bool_
    assert collected(spikes, None) is spikes


def model(**fields):
    small = {"network.layers": [200], STEPS_OF: [3, 6]}
    table = with_fields(preset_table("digits-columns"), small | fields)
    config = make_config(table, "test")
    return Model.build(config, 64, 10, torch.device("cpu"))


def test_floats_integers_and_files_read_the_same_steps(tmp_path):
    trained = model()
    description = describe(trained)
    assert description.readout.steps == (3, 6)
    spikes = {"layer1": np.random.default_rng(0).random((8, 50, 200)) < 0.3}
    read = summed_goodness(spikes, description.readout, description.populations)
    kind = description.readout.goodness
    size = description.populations[0].column_size
    np.testing.assert_allclose(read, class_goodness(spikes["layer1"][3:6], size, kind, 0.0, 10))
    ours = trained.network.goodness([torch.from_numpy(spikes["layer1"])])
    np.testing.assert_allclose(ours.numpy(), read)
    save_description(tmp_path / "net.safetensors", description)
    again = load_description(tmp_path / "net.safetensors").readout
    assert again.steps == (3, 6)
    late = {"layer1": spikes["layer1"].copy()}
    late["layer1"][6:] = True
    found = (answers(s, again, description.populations) for s in (spikes, late))
    assert np.array_equal(*found)


def test_layers_may_be_read_in_different_steps(tmp_path):
    layers = [{"neurons": 200, "goodness": {"steps": [0, 4]}}, 200, {"neurons": 200, "read": False}]
    trained = model(**{"network.layers": layers})
    description = describe(trained)
    assert description.readout.steps == ((0, 4), (3, 6))
    spikes = {f"layer{k}": np.random.default_rng(k).random((8, 50, 200)) < 0.3 for k in (1, 2, 3)}
    read = summed_goodness(spikes, description.readout, description.populations)
    ours = trained.network.goodness([torch.from_numpy(z) for z in spikes.values()])
    np.testing.assert_allclose(ours.numpy(), read)
    alone = [description.readout.of(name) for name in ("layer1", "layer2")]
    assert [one.steps for one in alone] == [(0, 4), (3, 6)]
    parts = [summed_goodness(spikes, one, description.populations) for one in alone]
    np.testing.assert_allclose(sum(parts), read)
    save_description(tmp_path / "net.safetensors", description)
    again = load_description(tmp_path / "net.safetensors").readout
    assert again.steps == description.readout.steps
    with pytest.raises(DescriptionError, match="2 values of steps for 1 populations"):
        replace(again, populations=("layer1",))


def test_a_file_of_all_steps_is_as_it_was(tmp_path):
    whole = model(**{STEPS_OF: None})
    save_description(tmp_path / "net.safetensors", describe(whole))
    assert b'"steps": [' not in (tmp_path / "net.safetensors").read_bytes()
    assert load_description(tmp_path / "net.safetensors").readout.steps is None


def test_counters_on_the_chip_refuse_some_steps():
    network = quantize(describe(model()), 8)
    with pytest.raises(LimitError, match=r"steps \(3, 6\) alone; .* --readout host"):
        with_chip_readout(network)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {STEPS_OF: [3, 9]},
            r"steps from 3 up to 9: .* at most data.steps = 8",
        ),
        ({STEPS_OF: [4, 4]}, "steps from 4 up to 4"),
        ({STEPS_OF: [-1, 4]}, "steps from -1 up to 4"),
        (
            {"network.layer_defaults.goodness.kind": "excess", STEPS_OF: [3, 4]},
            "where the number of its steps = 1",
        ),
    ],
)
def test_steps_that_are_none_are_named(fields, message):
    with pytest.raises(ConfigError, match=message):
        model(**fields)


def test_a_readout_of_no_steps_is_refused():
    readout = describe(model()).readout
    with pytest.raises(DescriptionError, match=r"steps = \(3, 3\); give the first step"):
        replace(readout, steps=(3, 3))


def test_peers_draw_rates_to_their_mean_and_wake_the_silent():
    spikes = torch.zeros(STEPS, SAMPLES, NEURONS)
    spikes[:, :, :6] = 1.0
    layer = population(steps=None, peers=3.0)
    psi, none = torch.full_like(spikes, 0.5), torch.zeros(SAMPLES, NEURONS // COLUMN)
    error = layer.error(spikes, psi, none)
    assert (error[:, :, :6] < 0).all()
    assert (error[:, :, 6:] > 0).all()
    torch.testing.assert_close(error.sum(), torch.tensor(0.0))
    whole = 3.0 * 0.5 * 0.5 / (STEPS * SAMPLES * NEURONS)
    torch.testing.assert_close(error[0, 0, 0], torch.tensor(-whole))
    assert not population(steps=None).error(spikes, psi, none).any()
