"""Neurons that see one half each of what must meet: agreement learns it, counts cannot."""

import pytest
import torch

from spikeff.data.matched_counts import Sizes, Synchrony, draw
from spikeff.training.config.files import preset_table
from spikeff.training.config.overlay import with_fields
from spikeff.training.config.schema import make_config
from spikeff.training.evaluation import evaluate
from spikeff.training.trainer import Trainer

TASK = Synchrony(Sizes(channels=8, classes=2, train=1500, test=400))
FIELDS = {
    "kind": "local_fields",
    "source_shape": [1, 1, 8],
    "out_channels": 20,
    "kernel": [1, 4],
    "stride": [1, 4],
}
SMALL = {
    "data.dataset": "arrays",
    "network.layers": [40],
    "network.layer_defaults.connectivity": FIELDS,
}
BACKPROP = {"learning.rule": "backprop"}


def trainer_of(**fields):
    table = with_fields(preset_table("synchrony-across"), SMALL | fields)
    made = Trainer(make_config(table, "test"), draw(TASK, "train"), torch.device("cpu"))
    made.calibrate()
    return made


def trained(epochs, **fields):
    trainer = trainer_of(**{"schedule.epochs": epochs} | fields)
    for _ in range(epochs):
        trainer.train_epoch()
    return trainer


def test_neurons_see_one_half_each():
    (weights,) = trainer_of().network.weight_parts(0)
    assert weights.shape == (20, 1, 2, 1, 1, 4)


@pytest.mark.slow
def test_agreement_across_the_halves_is_learned():
    scores = evaluate(trained(6).model, draw(TASK, "test"), draws=3)
    assert scores.accuracy > 0.75
    for blind in (scores.shuffled_accuracy, scores.rate_accuracy, scores.readout_accuracy):
        assert abs(blind - 0.5) < 0.12


@pytest.mark.slow
@pytest.mark.parametrize(
    "fields",
    [
        {"network.layer_defaults.goodness": "rate"},
        BACKPROP | {"objective": "readout"},
    ],
)
def test_counts_do_not_learn_it(fields):
    scores = evaluate(trained(6, **fields).model, draw(TASK, "test"), draws=1)
    assert abs(scores.accuracy - 0.5) < 0.12


def test_backprop_takes_a_single_layer_of_any_connectivity():
    trainer = trainer_of(**BACKPROP)
    before = [weight.clone() for weight in trainer.network.weight_parts(0)]
    gaps = [trainer.train_epoch().goodness_gap[0] for _ in range(3)]
    assert not torch.equal(before[0], trainer.network.weight_parts(0)[0])
    assert gaps[2] > gaps[1] > gaps[0]
