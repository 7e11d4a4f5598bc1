"""What evaluation says of spikes made by hand: every share and ratio worked out beside them."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from spikeff.data.dataset import Split
from spikeff.evidence.views import draws_for
from spikeff.ir.codes import ALL_LABELS, CLASS_COLUMNS, SOFTMAX, LabelCode
from spikeff.ir.readout_codes import best_classes
from spikeff.learning.readout import SoftmaxReadout
from spikeff.nn.layer import SpikingLayer
from spikeff.nn.network import SpikingFFNetwork
from spikeff.nn.neurons.lif import LIFConstants
from spikeff.nn.population import GoodnessSpec
from spikeff.pipeline.run.evaluation import with_answers
from spikeff.training.evaluation import evaluate

STEPS = 4
CPU = torch.device("cpu")


class HandMade(SpikingFFNetwork):
    """A network of one layer that answers with given spikes, whatever its input."""

    def __init__(
        self, passes, reading, classes, columns=1, goodness="pairs", constraints=0, size=2
    ):
        generator = torch.Generator().manual_seed(0)
        layer = SpikingLayer(
            *(1, size * columns, size),
            LIFConstants(2e-3, 2e-3, 1.0, 1e-3, None),
            GoodnessSpec(goodness, 0.5, 7.0) if goodness else None,
            *(5.0, 0.0, 1.0, constraints, generator),
        )
        code = LabelCode(classes, 1, (0,)) if reading == ALL_LABELS else None
        super().__init__([layer], 1, code, classes, reading)
        self.passes = passes

    def responses(self, events):
        def under(labels):
            shown = None if labels is None else int(labels[0])
            return [self.passes[shown].clone()]

        return under


def spikes(*samples):
    """Spikes (steps, samples, neurons) from a text of 0 and 1 for each neuron of each sample."""
    trains = [[[float(z) for z in train] for train in sample.split()] for sample in samples]
    return torch.tensor(trains).permute(2, 0, 1)


@dataclass
class Case:
    """Two samples, of class 0 and of class 1, with a label in the input."""

    goodness: str = "pairs"

    def model(self):
        passes = {
            None: spikes("1000 0000", "0000 0100"),
            # Coincident pairs of the two samples: 4 and 2; squared spike counts: 20 and 17.
            0: spikes("1111 0110", "1111 0100"),
            # 0 and 4; 2 and 8.
            1: spikes("1000 0100", "0110 0110"),
        }
        return made(HandMade(passes, ALL_LABELS, 2, goodness=self.goodness))


def made(network):
    """As much of a model as evaluation asks for; the readout says class 0 to a first neuron."""
    data = SimpleNamespace(steps=STEPS, encoder=SimpleNamespace(kind="latency", threshold=0.1))
    readout = SoftmaxReadout(network.hidden, network.classes, CPU)
    readout.weight[0, 0] = 1.0
    config = SimpleNamespace(data=data)
    return SimpleNamespace(network=network, config=config, readout=readout, device=CPU)


def split(*labels):
    images = np.full((len(labels), 1), 200, np.uint8)
    return Split(images, np.array(labels), (1, 1), max(labels) + 1)


@pytest.mark.parametrize("goodness", ["pairs", "windowed_pairs", "synchrony", "rate"])
def test_rate_accuracy_is_that_of_rates_whatever_the_goodness(goodness):
    result = evaluate(Case(goodness).model(), split(0, 1))
    assert result.rate_accuracy == 0.5  # 20 > 2, and 17 > 8
    assert result.accuracy == {"pairs": 1.0, "synchrony": 1.0}.get(goodness, 0.5)


def test_pairs_ratios_and_firing_by_hand():
    """Shuffled, the first sample keeps its 4 pairs under class 0 and has 1/2 of 1 under class 1.

    The second keeps its 2 under class 0; under class 1 it has 4 pairs in 1/6 of the draws, 2 in 4/6
    and none in 1/6. With 2 it ties with class 0, which is the lower one and wrong.
    """
    result = evaluate(Case().model(), split(0, 1), draws=600)
    assert result.accuracy == 1.0
    assert (result.chance, result.reversed_accuracy) == (0.5, None)
    assert result.time_share is None  # two coins fall that way once in four
    assert result.firing == ((6 + 4) / (2 * STEPS * 2),)
    assert result.shuffle_draws == 600
    p = 1 / 6
    assert result.shuffled_accuracy == pytest.approx((1 + p) / 2, abs=0.03)
    assert result.shuffled_spread == pytest.approx(0.5 * (p * (1 - p)) ** 0.5, abs=0.02)
    assert result.coincidence_ratio[0] == pytest.approx((4 + 4) / (4 + 2), rel=0.05)
    assert result.negative_ratio[0] == pytest.approx((0 + 2) / (0.5 + 2), rel=0.05)


def test_the_shuffle_is_drawn_often_where_samples_are_few():
    assert [draws_for(n) for n in (1, 200, 360, 10_000)] == [20, 20, 14, 3]
    once = evaluate(Case().model(), split(0, 1), draws=1)
    assert (once.shuffle_draws, once.shuffled_spread) == (1, None)
    again, other = (evaluate(Case().model(), split(0, 1), seed=k, draws=5) for k in (0, 1))
    assert again == evaluate(Case().model(), split(0, 1), draws=5) != other


def test_the_list_holds_the_readouts_best_and_ties_go_to_the_lowest_label():
    """The readout likes class 0 most, then all others alike: 1 and 2 are listed, 3 and 4 are not.

    Goodness is highest for class 3; within the list 1 and 2 tie.
    """
    quiet, pair, two = "1000 0000", "1000 1000", "1100 1100"
    of_class = {None: quiet, 0: quiet, 1: pair, 2: pair, 3: two, 4: two}
    passes = {shown: spikes(train) for shown, train in of_class.items()}
    network = HandMade(passes, ALL_LABELS, 5)
    for label, (whole, listed, read) in enumerate(
        [(0, 0, 1), (0, 1, 0), (0, 0, 0), (1, 0, 0), (0, 0, 0)]
    ):
        result = evaluate(made(network), split(label), draws=1)
        assert (result.accuracy, result.shortlist_accuracy) == (whole, listed)
        assert result.readout_accuracy == read


def test_of_three_labels_two_are_listed():
    """The readout likes class 0 most, then 1; goodness is highest for class 2, and then for 1."""
    trains = {None: "1000 0000", 0: "1000 0000", 1: "1000 1000", 2: "1100 1100"}
    network = HandMade({k: spikes(train) for k, train in trains.items()}, ALL_LABELS, 3)
    found = [evaluate(made(network), split(label), draws=1) for label in (1, 2)]
    assert [(each.accuracy, each.shortlist_accuracy) for each in found] == [(0, 1), (1, 0)]


def test_goodness_that_differs_by_rounding_is_a_tie():
    """Five times 2/3 in one column of four neurons, or once in one and four times in another."""
    none, once = "0000 0000 0000 0000 ", "1000 1000 0000 0000 "
    four, five = "1100 1100 1000 0000 ", "1110 1110 1000 0000 "
    first, second = spikes(4 * none + five), spikes(3 * none + once + four)
    for passes in ({0: first, 1: second}, {0: second, 1: first}):
        network = HandMade({None: first} | passes, ALL_LABELS, 2, columns=5, size=4)
        assert evaluate(made(network), split(0), draws=1).accuracy == 1.0
        both = torch.cat([network.goodness([passes[label]]) for label in (0, 1)], 1)
        assert best_classes(both.numpy()) == [0]


def test_constraint_columns_count_against():
    """The last column is a constraint: its pairs lower the goodness."""
    passes = {
        None: spikes("0000 0000 0000 0000"),
        0: spikes("1100 1100 1110 1110"),  # 4 - 6
        1: spikes("1000 1000 0000 0000"),  # 2 - 0
    }
    network = HandMade(passes, ALL_LABELS, 2, columns=2, constraints=1)
    assert evaluate(made(network), split(1), draws=1).accuracy == 1.0
    assert evaluate(made(network), split(0), draws=1).accuracy == 0.0
    assert network.goodness([passes[0]]) == 4 - 6


def test_class_columns_by_hand():
    """Columns 0 and 1 belong to class 0, 2 and 3 to class 1; all fire in every step or in pairs.

    Goodness of the first sample 4 and 2, of the second 1 and 4; squared counts 16 and 36, then 18
    and 28.
    """
    network = HandMade(
        {
            None: spikes(
                "1100 1100 1100 1100 1111 0000 1111 1100",
                "1000 1000 1111 0000 1111 1100 1100 1100",
            )
        },
        CLASS_COLUMNS,
        classes=2,
        columns=4,
    )
    result = evaluate(made(network), split(0, 1), draws=600)
    assert result.accuracy == 1.0
    assert result.rate_accuracy == 0.5
    # Own columns: 8 recorded; 2 twos of 4 meet in 1 step on average, which is 2 pairs: 2 + 2.
    # In the second: 4 + 4 recorded, 4 + 2 left. Others: 0 + 4 and 2 + 0; 0 + 4 and 1/2 + 0.
    assert result.coincidence_ratio[0] == pytest.approx((8 + 8) / (4 + 6), rel=0.05)
    assert result.negative_ratio[0] == pytest.approx((4 + 2) / (4 + 0.5), rel=0.05)
    assert result.firing == ((18 + 16) / (2 * STEPS * 8),)


def test_without_goodness_the_readout_answers_and_no_shuffle_matters():
    network = HandMade({None: spikes("1000 0000", "0000 1100")}, SOFTMAX, 2, goodness=None)
    result = evaluate(made(network), split(0, 1))
    assert result.accuracy == result.readout_accuracy == result.rate_accuracy == 0.5
    assert (result.shuffled_accuracy, result.shuffled_spread) == (0.5, 0.0)
    assert result.negative_ratio == (0.0,)
    told = with_answers(result, np.array([0, 1]), np.array([0, 0]), 2)
    assert [each.name for each in told.readings] == [told.best_reading] == ["one-pass readout"]
