"""What was trained is what is described: names, depths, and every spike."""

import numpy as np
import pytest
import torch

from spikeff.data.labels import present_all_labels
from spikeff.lowering import describe
from spikeff.references import norse as norse_reference
from spikeff.training.trainer import Trainer
from tests.networks import with_budget, with_gates

REGIMES = {
    "one spike, lasting current": {"spike_limit": 1},
    "one spike, fast current": {"spike_limit": 1, "tau_syn": 0.002},
    "two spikes, fast current": {"spike_limit": 2, "encoder": "burst", "tau_syn": 0.002},
    "two spikes, lasting current": {"spike_limit": 2},
    "three spikes, class columns": {"spike_limit": 3, "objective": "class_columns"},
    "free": {"spike_limit": "none"},
    "free, with a budget": {"spike_limit": "none", "spike_budget": 60},
    "two spikes, with a budget": {"spike_limit": 2, "encoder": "burst", "spike_budget": 40},
}


@pytest.mark.parametrize("regime", REGIMES)
def test_training_spikes_are_the_descriptions(regime, small_config, make_trainer):
    trainer = make_trainer(small_config(layers=[100, 100], **REGIMES[regime]))
    trainer.train_epoch()
    trainer.network.double()
    description = describe(trainer.model)
    if trainer.config.network.spike_budget:
        assert {"layer1.budget", "layer1.passed"} < {p.name for p in description.populations}
    code = trainer.network.labels
    inputs = np.random.default_rng(1).random((8, 12, 64)) < 0.3
    if code is not None:
        inputs = present_all_labels(inputs, code)
    first = trainer.network.stack[0]
    trained = trainer.network.upward(first.drive(torch.from_numpy(inputs).double()))
    spikes = norse_reference.run(description, inputs).spikes
    for name, z in zip(("layer1", "layer2"), trained, strict=True):
        assert z.sum() > 100
        np.testing.assert_array_equal(spikes[name], z.numpy() > 0)
        if first.constants.spike_limit is not None:
            assert z.sum(0).max() == first.constants.spike_limit
    assert description.readout.populations == ("layer1", "layer2")


def test_a_gate_stands_behind_its_layer(small_config, make_trainer):
    trainer = make_trainer(small_config(layers=[100, 60], spike_limit=2))
    description = describe(trainer.model)
    assert [(p.name, p.depth, p.spike_limit) for p in description.populations] == [
        ("layer1.free", 0, None),
        ("layer1", 1, 2),
        ("layer2.free", 2, None),
        ("layer2", 3, 2),
    ]
    wiring = {(c.source, c.target, c.connectivity.name, c.delay) for c in description.connections}
    assert wiring == {
        ("input", "layer1.free", "dense", 0),
        ("layer1.free", "layer1", "one_to_one", 0),
        ("layer1.free", "layer1", "one_to_one", 1),
        ("layer1", "layer2.free", "dense", 0),
        ("layer2.free", "layer2", "one_to_one", 0),
        ("layer2.free", "layer2", "one_to_one", 1),
    }


def test_a_limit_that_no_neuron_can_exceed_costs_nothing(small_config, make_trainer):
    description = describe(make_trainer(small_config(spike_limit=8)).model)
    assert [(p.name, p.spike_limit) for p in description.populations] == [("layer1", None)]
    assert len(description.connections) == 1


def parts(description):
    """Every number of a network's populations and connections, in an order of names."""
    populations = {p.name: vars(p) for p in description.populations}
    connections = sorted(
        (vars(c) for c in description.connections),
        key=lambda c: (c["source"], c["target"], c["delay"]),
    )
    return populations, connections


@pytest.mark.parametrize(
    ("put_behind", "fields"),
    [
        (lambda free: with_budget(free, 60), {"spike_budget": 60}),
        (lambda free: with_gates(free, 2), {"spike_limit": 2}),
    ],
    ids=["budget", "limit"],
)
def test_circuits_of_the_tests_are_wired_as_here(put_behind, fields, small_config, small_digits):
    free = {"layers": [100, 60], "encoder": "burst", "spike_limit": "none"}
    plain, lowered = (
        describe(Trainer(small_config(**table), small_digits, torch.device("cpu")).model)
        for table in (free, free | fields)
    )
    np.testing.assert_equal(parts(put_behind(plain)), parts(lowered))
