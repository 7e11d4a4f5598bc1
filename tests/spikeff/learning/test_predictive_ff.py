"""A generative circuit that learns beside the layers and shapes nothing."""

import numpy as np
import torch

from spikeff.data.encoders import encode
from spikeff.learning.generative_circuit import GenerativeCircuit, rates_below
from spikeff.learning.rules.predictive_ff import PredictiveFF
from spikeff.nn.input_spikes import InputSpikes
from spikeff.nn.population import SpikingPopulation
from spikeff.nn.presented import LayerRun, Presented
from spikeff.nn.spike_events import SpikeEvents
from spikeff.training.checkpoint import restore_trainer, save_checkpoint, start_run
from tests.spikeff.conftest import weights_of

CPU = torch.device("cpu")
SMALL = {"layers": [60, 40], "epochs": 2}


def drawn(*shape, rate=0.3, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return (torch.rand(shape, generator=generator) < rate).float()


def run_with(incoming, presentations):
    spikes = torch.zeros(4, presentations, 5)
    return LayerRun(0, SpikingPopulation(5, 5, None, None), spikes, spikes, incoming)


def test_the_circuit_learns_the_rates_below_from_who_fires():
    codes = torch.eye(6).repeat_interleave(10, 0)
    spikes = codes.repeat(5, 1, 1)
    rates = torch.rand(6, 9, generator=torch.Generator().manual_seed(1)).repeat_interleave(10, 0)
    circuit = GenerativeCircuit(9, 6, torch.empty(0))
    assert not circuit.predicted(spikes).any()
    for _ in range(400):
        circuit.learn(spikes, rates, 0.02)
    torch.testing.assert_close(circuit.predicted(spikes), rates, atol=0.02, rtol=0.0)
    assert circuit.error.item() < 1e-3
    louder = torch.cat([spikes, spikes.clone()])
    louder[5:] = 0  # the same neurons, half as often
    torch.testing.assert_close(circuit.predicted(louder), circuit.predicted(spikes))


def test_the_step_is_the_delta_rule():
    circuit = GenerativeCircuit(3, 4, torch.empty(0))
    spikes, rates = drawn(5, 7, 4), torch.rand(7, 3)
    changes = []
    circuit._optimiser.ascend = lambda change, rate: changes.append((change[0], rate))
    circuit.weight.copy_(torch.randn(3, 4))
    circuit.learn(spikes, rates, 0.5)
    code = torch.nn.functional.normalize(spikes.mean(0), dim=1)
    error = rates - code @ circuit.weight.t()
    change, rate = changes[0]
    assert rate == 0.5
    torch.testing.assert_close(change, torch.einsum("so,sn->on", error, code) / 7)
    torch.testing.assert_close(circuit.error, error.square().mean()[None])


def test_predictions_are_rates():
    circuit = GenerativeCircuit(2, 3, torch.empty(0))
    circuit.weight.copy_(torch.tensor([[5.0, 5, 5], [-5, -5, -5]]))
    assert circuit.predicted(drawn(4, 3, 3, rate=0.9)).t().tolist() == [[1.0] * 3, [0.0] * 3]


def test_what_lies_below_in_every_form():
    data = drawn(4, 3, 8)
    events = SpikeEvents.of(data.bool().numpy(), CPU)
    labels = torch.zeros(2, 3, dtype=torch.long)
    twice = data.mean(0).repeat(2, 1)
    for incoming, wanted, shown in (
        (data, data.mean(0), 3),
        (events, data.mean(0), 3),
        (Presented(events, labels, 2), twice, 6),
        (Presented(events), data.mean(0), 3),
        ((InputSpikes(events, 2), data), twice, 6),
        ((data, events), data.mean(0), 3),
    ):
        torch.testing.assert_close(rates_below(run_with(incoming, shown)), wanted)


def test_layers_learn_as_if_no_circuit_were_there(small_config, make_trainer):
    """In batches of one piece, whose changes both rules add in the same order."""
    trainers = [
        make_trainer(small_config(**SMALL, batch_size=10, learning_rule=r))
        for r in ("predictive_ff", "three_factor")
    ]
    records = [[trainer.train_epoch() for _ in range(2)] for trainer in trainers]
    for one, other in zip(*(weights_of(trainer) for trainer in trainers), strict=True):
        np.testing.assert_array_equal(one, other)
    assert records[0] == records[1]


def test_each_circuit_predicts_the_layer_below_and_images_come_out(small_config, make_trainer):
    trainer = make_trainer(small_config(**SMALL, learning_rule="predictive_ff"))
    rule = trainer.rule
    assert [tuple(c.weight.shape) for c in rule.circuits] == [(64, 60), (60, 40)]
    errors = []
    for _ in range(6):
        trainer.train_epoch()
        errors.append([circuit.error.item() for circuit in rule.circuits])
    assert errors[-1][0] < 0.8 * errors[0][0]
    data = trainer.config.data
    images = trainer.split.images[:50]
    spikes = torch.from_numpy(encode(data.encoder.kind, images, data.steps, data.encoder.threshold))
    lower, upper = trainer.network(spikes.float())
    shown = spikes.float().mean(0)
    assert (rule.imagined(lower, 0) - shown).square().mean() < 0.5 * shown.square().mean()
    by_hand = rule.circuits[0].predicted(rule.circuits[1].predicted(upper)[None])
    torch.testing.assert_close(rule.imagined(upper, 1), by_hand)


def test_a_training_goes_on_with_its_circuits(small_config, make_trainer, tmp_path):
    whole = make_trainer(small_config(**SMALL, learning_rule="predictive_ff"))
    whole.train_epoch()
    start_run(tmp_path / "run", whole, ["spikeff"])
    save_checkpoint(tmp_path / "run", whole)
    resumed = restore_trainer(tmp_path / "run", whole.split, CPU)
    for trainer in (whole, resumed):
        trainer.train_epoch()
    assert whole.rule.state().keys() == resumed.rule.state().keys()
    for name, tensor in whole.rule.state().items():
        assert torch.equal(tensor, resumed.rule.state()[name]), name
    assert whole.rule.circuits[1].weight.any()


def test_the_rule_is_one_with_a_state_so_that_batches_stay_whole():
    assert PredictiveFF.local
    assert PredictiveFF().state() == {}
