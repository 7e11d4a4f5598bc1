"""Each layer has settings of its own, in training, in the description and in the integers."""

import numpy as np
import pytest
import torch

from lava_export.integers.file import load_integer_network, save_integer_network
from lava_export.quantize.quantize import quantize
from lava_export.readout.chip_readout import with_chip_readout
from spikeff.ir.goodness import class_goodness
from spikeff.ir.io.description import load_description, save_description
from spikeff.ir.readout_codes import answers, summed_goodness
from spikeff.lowering import describe
from spikeff.nn.builder import encode_events
from spikeff.pipeline.presentations import presentations
from spikeff.references import norse as norse_reference
from spikeff.training.evaluation import evaluate
from tests.spikeff.conftest import weights_of

FIRST = {
    "neurons": 100,
    "neuron": {"tau_syn": 0.004, "tau_mem": 0.003, "v_th": 0.7},
    "column_size": 10,
    "goodness": {"kind": "rate", "scale": 4.0},
    "initial_firing": 0.1,
    "homeostasis": {"strength": 5.0, "target_firing": 0.2},
    "weight_bits": 4,
}
SECOND = {
    "neurons": 60,
    "neuron": {"tau_syn": 0.002, "tau_mem": 0.001, "v_th": 1.5},
    "column_size": 6,
    "goodness": {"kind": "pairs", "scale": 20.0},
    "initial_firing": 0.04,
    "spike_limit": 3,
}


@pytest.fixture
def trainer(small_config, make_trainer):
    return make_trainer(small_config("digits-columns", layers=[FIRST, SECOND], shift=0))


def test_layers_are_built_by_their_own_settings(trainer):
    first, second = trainer.network.stack
    for layer, own in ((first, FIRST), (second, SECOND)):
        constants = layer.constants
        assert (constants.tau_syn, constants.tau_mem, constants.v_th) == tuple(
            own["neuron"].values()
        )
        assert (layer.neurons, layer.column_size) == (own["neurons"], own["column_size"])
        spec = layer.goodness_spec
        assert {"kind": spec.name, "scale": spec.scale} == own["goodness"]
        assert constants.spike_limit == own.get("spike_limit")
        assert layer.weight_bits == own.get("weight_bits")
    assert (first.homeostasis, first.target_firing) == (5.0, 0.2)
    assert second.homeostasis == 0.0


def test_each_layer_starts_to_fire_as_it_is_told(trainer, small_digits):
    events = encode_events(trainer.config.data, small_digits.images, torch.device("cpu"))
    firing = [z.mean().item() for z in trainer.network(events)]
    assert firing == pytest.approx([0.1, 0.04], rel=0.25)


def test_each_layer_learns_by_its_own_goodness(small_config, make_trainer):
    """The first layer learns the same whatever the second one is; and other goodness changes it."""
    trained = []
    for kind, scale in (("pairs", 20.0), ("rate", 5.0)):
        other = SECOND | {"goodness": {"kind": kind, "scale": scale}}
        trainer = make_trainer(small_config("digits-columns", layers=[FIRST, other], shift=0))
        trainer.train_epoch()
        trained.append(weights_of(trainer))
    np.testing.assert_array_equal(trained[0][0], trained[1][0])
    assert not np.array_equal(trained[0][1], trained[1][1])


def test_the_description_holds_them_and_answers_as_training_does(trainer, small_digits, tmp_path):
    trainer.train_epoch()
    some = small_digits.head(60)
    accuracy = evaluate(trainer.model, some).accuracy
    trainer.network.double()
    description = describe(trainer.model)
    by_name = {p.name: p for p in description.populations}
    for name, own in (("layer1", FIRST), ("layer2.free", SECOND)):
        population, neuron = by_name[name], own["neuron"]
        assert {each: getattr(population, each) for each in neuron} == neuron
        assert population.column_size == own["column_size"]
    assert description.readout.measures() == [("rate", 0.0), ("pairs", 0.0)]
    inputs = presentations(some, description.input, description.labels, description.steps)
    spikes = norse_reference.run(description, inputs).spikes
    expected = sum(
        class_goodness(spikes[name], own["column_size"], own["goodness"]["kind"], 0.0, 10)
        for name, own in (("layer1", FIRST), ("layer2", SECOND))
    )
    found = summed_goodness(spikes, description.readout, description.populations)
    np.testing.assert_allclose(found, expected)
    guesses = answers(spikes, description.readout, description.populations)
    assert accuracy == pytest.approx((guesses == some.labels).mean(), abs=1.5 / 60)
    save_description(tmp_path / "description", description)
    assert load_description(tmp_path / "description").readout.measures() == [
        ("rate", 0.0),
        ("pairs", 0.0),
    ]


def test_the_integers_hold_them_and_the_chip_reads_each_layer_by_its_own(trainer, tmp_path):
    trainer.train_epoch()
    network = quantize(describe(trainer.model), 8)
    first, second = (p for p in network.populations if p.name in ("layer1", "layer2.free"))
    assert first.dv / 4096 == pytest.approx(1 / 3, abs=1e-3)
    assert second.dv == 4095
    assert (first.column_size, second.column_size) == (10, 6)
    read = with_chip_readout(network)
    save_integer_network(tmp_path / "network", read)
    loaded = load_integer_network(tmp_path / "network")
    assert loaded.readout.measures() == [("rate", 0.0), ("pairs", 0.0)]
    names = {p.name for p in loaded.populations}
    assert {"layer1.totals", "layer2.rungs"} <= names
    assert not {"layer1.rungs", "layer2.totals"} & names


def test_equal_goodness_is_one_name_in_files(small_config, make_trainer):
    trainer = make_trainer(small_config("digits-columns", layers=[100, 100], column_size=10))
    assert describe(trainer.model).readout.goodness == "pairs"
