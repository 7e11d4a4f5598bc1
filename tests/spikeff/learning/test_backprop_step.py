import pytest
import torch
from torch.nn.functional import cross_entropy

from spikeff.learning.batch import Batch
from spikeff.learning.phase import Phase
from spikeff.learning.step import Rates
from spikeff.nn.builder import encode_events
from spikeff.training.assemble import learning_step
from spikeff.training.evaluation import evaluate
from tests.spikeff.learning.autograd import class_loss, run_with_graph

pytestmark = pytest.mark.slow


class Recorder:
    """Stands in for an optimiser and keeps what it is told."""

    def ascend(self, changes, rate):
        (self.change,) = changes


REGIMES = {
    "columns, once": {"objective": "class_columns", "spike_limit": 1, "goodness": "windowed_pairs"},
    "columns, synchrony": {"objective": "class_columns", "goodness": "synchrony"},
    "columns, rate, free": {
        "objective": "class_columns",
        "goodness": "rate",
        "spike_limit": "none",
    },
    "readout, free": {"objective": "readout", "spike_limit": "none", "tau_syn": 0.004},
    "readout, once": {"objective": "readout", "encoder": "burst"},
}


@pytest.mark.parametrize("regime", sorted(REGIMES))
def test_changes_are_torchs_own_gradient(regime, small_config, make_trainer, small_digits, loops):
    fields = {"layers": [100, 100], "learning_rule": "backprop", "initial_firing": 0.1}
    config = small_config(**(fields | REGIMES[regime]))
    trainer = make_trainer(config)
    network = trainer.network.double()
    trainer.readout.weight.normal_(generator=torch.Generator().manual_seed(4))
    events = encode_events(config.data, small_digits.images[:16], torch.device("cpu"))
    labels = torch.from_numpy(small_digits.labels[:16])
    dense = events_to_spikes(events)

    weights = [layer.weight.clone().requires_grad_() for layer in network.stack]
    spikes = [dense]
    for layer, weight in zip(network.stack, weights, strict=True):
        spikes.append(run_with_graph(layer, spikes[-1] @ weight.t()))
    if config.objective.kind == "readout":
        counts = torch.cat([z.sum(0) for z in spikes[1:]], 1)
        readout = trainer.readout.weight.double()
        loss = cross_entropy(counts @ readout[:, :-1].t() + readout[:, -1], labels)
    else:
        loss = class_loss(network.stack, spikes[1:], config.objective, labels)
    loss.backward()

    recorders = [Recorder(), Recorder()]
    trainer.readout.weight = trainer.readout.weight.double()
    still(trainer.readout)
    images = small_digits.images[:16]
    batch = Batch(images, small_digits.shape, labels, Phase.BOTH, lambda shown: events)
    learning_step(trainer.model, recorders)(batch, Rates(0.1, 0.1), torch.Generator())
    for weight, recorder in zip(weights, recorders, strict=True):
        assert weight.grad.abs().max() > 1e-4
        torch.testing.assert_close(recorder.change, -weight.grad)


def events_to_spikes(events):
    """Dense spikes (steps, samples, channels) of events."""
    return events.drive(torch.eye(events.channels, dtype=torch.float64))


def still(readout):
    readout.learn = lambda counts, labels, rate: readout.probabilities(counts)
    return readout


@pytest.mark.parametrize("objective", ["class_columns", "readout"])
def test_the_baseline_learns(objective, small_config, make_trainer, small_digits):
    config = small_config(
        preset="digits-columns",
        layers=[100, 100],
        learning_rule="backprop",
        objective=objective,
        epochs=8,
        shift=0,
        learning_rate=1e-2,
    )
    trainer = make_trainer(config)
    before = evaluate(trainer.model, small_digits, draws=1).accuracy
    for _ in range(config.schedule.epochs):
        trainer.train_epoch()
    assert evaluate(trainer.model, small_digits, draws=1).accuracy > before + 0.4
