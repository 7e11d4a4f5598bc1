"""One batch of every learning step against torch's gradient of the loss that is written down.

Where a neuron spikes at most once the three-factor rule is this gradient; with more spikes it is
that of the rule `surrogate_gradient`.
"""

from dataclasses import dataclass, replace
from functools import partial

import pytest
import torch

from spikeff.learning.batch import Batch
from spikeff.learning.phase import Phase
from spikeff.learning.step import Rates
from spikeff.nn.builder import encode_events
from spikeff.nn.ff_network import FFNetwork
from spikeff.training.assemble import learning_step
from spikeff.training.config.files import preset_table
from spikeff.training.config.overlay import with_fields
from spikeff.training.config.schema import make_config
from spikeff.training.trainer import Trainer
from tests.spikeff.learning.autograd import class_loss, layer_loss, run_with_graph

CPU = torch.device("cpu")
# Wide surrogates and a small goodness: no gradient vanishes.
SMALL = {
    "layers": [40, 20],
    "column_size": 5,
    "initial_firing": 0.06,
    "goodness_scale": 0.5,
    "surrogate_slope": 2.0,
}
BACK = {"source": "layer2", "target": "layer1", "delay": 2}
LATERAL = {"source": "layer1", "target": "layer1", "delay": 1}
SKIP = {"source": "input", "target": "layer2", "delay": 1}

REGIMES = {
    "threshold, excess": {"theta": 0.5},
    "excess, window, two spikes": {
        "beta": 0.4,
        "spike_limit": 2,
        "learning_rule": "surrogate_gradient",
    },
    "threshold, synchrony": {"theta": 0.5, "goodness": "synchrony"},
    "several negatives": {"negatives_per_sample": 3},
    "several label steps": {"label_steps": [0, 2, 5], "label_neurons": 2},
    "pair, windowed": {"objective": "pair", "goodness": "windowed_pairs", "beta": 0.4},
    "softmax over labels, pairs": {
        "objective": "softmax",
        "temperature": 0.7,
        "goodness": "pairs",
        "negatives_per_sample": 4,
    },
    "rate goodness, burst": {"goodness": "rate", "encoder": "burst", "tau_syn": 0.004},
    "constraint columns, threshold": {"constraint_share": 0.5, "theta": 0.3},
    "constraint columns, pair": {"constraint_share": 0.25, "objective": "pair"},
    "constraint columns, softmax": {"constraint_share": 0.5, "objective": "softmax"},
    "homeostasis": {"homeostasis": 500.0, "target_firing": 0.05},
    "awake": {"phase_batches": 1},
    "asleep": {"phase_batches": 1, "constraint_share": 0.5, "homeostasis": 500.0},
    "hybrids": {"negatives": "hybrid", "hybrid_passes": 1},
    "hybrids asleep": {
        "negatives": "hybrid",
        "hybrid_passes": 1,
        "phase_batches": 2,
        "theta": 1.0,
    },
    "class columns": {"objective": "class_columns", "layers": [100, 50], "temperature": 0.5},
    "a budget of spikes": {"spike_budget": 6},
    "weights of four bits": {"weight_bits": 4},
    "two spikes, surrogate gradient": {"spike_limit": 2, "learning_rule": "surrogate_gradient"},
    "free, surrogate gradient": {
        "spike_limit": "none",
        "tau_syn": 0.003,
        "learning_rule": "surrogate_gradient",
        "homeostasis": 300.0,
        "target_firing": 0.1,
    },
    "backprop, class columns": {
        "learning_rule": "backprop",
        "objective": "class_columns",
        "layers": [100, 50],
    },
    "in time": {"network.connections": [BACK, LATERAL]},
    "in time, free": {
        "network.connections": [BACK, SKIP],
        "spike_limit": "none",
        "learning_rule": "surrogate_gradient",
    },
    "in time, class columns": {
        "objective": "class_columns",
        "layers": [100, 50],
        "network.connections": [BACK],
    },
}
ALONE = {"awake": Phase.AWAKE, "asleep": Phase.ASLEEP, "hybrids asleep": Phase.ASLEEP}


class Recorder:
    """Stands in for an optimiser and keeps what it is told."""

    def ascend(self, changes, rate):
        self.changes, self.rate = changes, rate


@dataclass(frozen=True)
class Recording:
    """A source of negatives that keeps what it drew."""

    source: object
    drawn: list

    def draw(self, *arguments):
        self.drawn.append(self.source.draw(*arguments))
        return self.drawn[-1]


def trainer_of(fields, split):
    config = make_config(with_fields(preset_table("digits"), SMALL | fields), "test")
    trainer = Trainer(config, split.head(12), CPU)
    trainer.calibrate()
    trainer.network.double()
    readout = trainer.readout
    readout.weight = torch.randn(
        readout.weight.shape, generator=torch.Generator().manual_seed(4)
    ).double()
    readout.optimiser = Recorder()
    return trainer


def learn(trainer, split, phase):
    """One batch: what was presented, and the change of every part of every layer's weights."""
    recorders = [Recorder() for _ in trainer.network.stack]
    step = learning_step(trainer.model, recorders)
    step = replace(step, negatives=Recording(step.negatives, []))
    encode = partial(encode_events, trainer.config.data, device=CPU)
    batch = Batch(
        split.images[:12], split.shape, torch.from_numpy(split.labels[:12]), phase, encode
    )
    step(batch, Rates(0.1, 0.2), torch.Generator().manual_seed(1))
    (drawn,) = step.negatives.drawn
    assert all(recorder.rate == 0.1 for recorder in recorders)
    return drawn, batch.labels, [recorder.changes for recorder in recorders]


def channels(network: FFNetwork, presented):
    """Spikes of pixels and labels, (steps, presentations, channels) each."""
    pixels = presented.data.dense().double()
    if presented.labels is None:
        return pixels, None
    code = network.labels
    repeated = pixels.repeat(1, presented.rows, 1)
    labels = repeated.new_zeros((*repeated.shape[:2], code.channels))
    for k, label in enumerate(presented.labels.flatten().tolist()):
        for step in code.steps:
            labels[step, k, label * code.neurons : (label + 1) * code.neurons] = 1.0
    return repeated, labels


def passed(spikes, budget):
    """What the layer above hears: all steps before which the budget was not yet spent."""
    if budget is None:
        return spikes
    through, count = [], torch.zeros(spikes.shape[1])
    for z in spikes:
        through.append(z * (count < budget)[:, None])
        count = count + z.detach().sum(1)
    return torch.stack(through)


def row_of_layers(network, presented, weights, local):
    """Spikes of layers in a row; with ``local`` no graph goes from one to the next."""
    pixels, labels = channels(network, presented)
    below = pixels if labels is None else torch.cat([pixels, labels], 2)
    spikes = []
    for layer, parts in zip(network.stack, weights, strict=True):
        spikes.append(run_with_graph(layer, below @ torch.cat(parts, 1).t()))
        below = passed(spikes[-1].detach() if local else spikes[-1], network.budget)
    return spikes


def in_time(network, presented, weights, local):
    """Spikes of a recurrent network; those of the others are what the network itself ran."""
    pixels, labels = channels(network, presented)
    given = {"input": pixels} | ({} if labels is None else {"labels": labels})
    sent = network.timed(given)
    spikes = []
    for name, layer, parts in zip(network.timed.learning, network.stack, weights, strict=True):
        drive = 0.0
        for arrival, weight in zip(network.timed.arriving(name, learned=True), parts, strict=True):
            delay, source = arrival.projection.delay, sent[arrival.projection.source]
            late = torch.cat([torch.zeros_like(source[:delay]), source[: len(source) - delay]])
            drive = drive + late @ weight.t()
        spikes.append(run_with_graph(layer, drive))
        assert torch.equal(spikes[-1].detach(), sent[name])
    return spikes


@pytest.mark.parametrize("regime", REGIMES)
def test_changes_are_the_gradient_of_the_loss(regime, small_digits):
    trainer = trainer_of(REGIMES[regime], small_digits)
    network, config = trainer.network, trainer.config
    phase = ALONE.get(regime, Phase.BOTH)
    timed = hasattr(network, "timed")
    weights = leaves(network, timed)
    drawn, labels, changes = learn(trainer, small_digits, phase)

    local = config.learning.rule.kind != "backprop"
    run = in_time if timed else row_of_layers
    spikes = run(network, drawn.presented, weights, local)
    loss_of_layer = partial(
        layer_loss,
        objective=config.objective,
        labels=labels,
        rows=drawn.presented.rows,
        awake=phase is not Phase.ASLEEP,
        asleep=phase is not Phase.AWAKE,
    )
    if local:
        loss = sum(loss_of_layer(*pair) for pair in zip(network.stack, spikes, strict=True))
    else:
        loss = class_loss(network.stack, spikes, config.objective, labels)
    loss.backward()
    for parts, found in zip(weights, changes, strict=True):
        for weight, change in zip(parts, found, strict=True):
            assert weight.grad.abs().max() > 1e-4
            torch.testing.assert_close(change.double(), -weight.grad, rtol=1e-7, atol=1e-10)


def leaves(network, timed):
    """The weights that the spikes come from, each part with a gradient of its own."""
    parts = []
    for depth, layer in enumerate(network.stack):
        found = network.weight_parts(depth)
        if not timed and layer.weight_bits is not None:
            found = layer.synapses.split([part.shape[1] for part in found], 1)
        parts.append([part.detach().clone().requires_grad_() for part in found])
    return parts


def test_the_readout_learns_by_the_gradient_of_its_cross_entropy(small_digits):
    """On the positives' spike counts, where no pass of its own is made for it; its bias too."""
    trainer = trainer_of(REGIMES["hybrids"], small_digits)
    readout = trainer.readout
    weight = readout.weight.clone().requires_grad_()
    seen = []
    before = readout.probabilities
    readout.probabilities = lambda counts: seen.append(counts) or before(counts)
    drawn, labels, _ = learn(trainer, small_digits, Phase.BOTH)
    spikes = trainer.network.responses(drawn.presented.data.part(slice(0, 12)))(None)
    counts = torch.cat([z.sum(0) for z in spikes], 1)
    torch.testing.assert_close(seen[-1], counts)
    logits = counts @ weight[:, :-1].t() + weight[:, -1]
    torch.nn.functional.cross_entropy(logits, labels).backward()
    (change,) = readout.optimiser.changes
    assert readout.optimiser.rate == 0.2
    torch.testing.assert_close(change, -weight.grad)


def test_homeostasis_of_a_part_of_the_batch_has_that_share(small_digits):
    trainer = trainer_of(REGIMES["homeostasis"], small_digits)
    layer = trainer.network.stack[0]
    ones = torch.ones(8, 4, layer.neurons).double()
    none = torch.zeros(4, layer.neurons // layer.column_size).double()
    whole, quarter = (layer.error(ones, ones, none, share) for share in (1.0, 0.25))
    assert whole.max() < 0
    torch.testing.assert_close(quarter, whole / 4)
