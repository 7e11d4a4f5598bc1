"""What a shuffle in time leaves of recorded answers, on spikes whose figures are known by hand."""

from types import SimpleNamespace

import numpy as np
import pytest

from spikeff.evidence.views import draws_for
from spikeff.ir.codes import ALL_LABELS, CLASS_COLUMNS, SOFTMAX, Readout
from spikeff.pipeline.run.agreement import add_recorded, tally_of

SAMPLES, STEPS, NEURONS = 400, 2, 4
COLUMNS = SimpleNamespace(name="a", size=NEURONS, column_size=2, constraint_columns=0)


def network(kind, weights=None):
    zeros = np.zeros((2, NEURONS))
    readout = Readout(kind, "pairs", 0.0, 2, ("a",), zeros if weights is None else weights, [0, 0])
    return SimpleNamespace(readout=readout, populations=[COLUMNS], steps=STEPS)


def together(*columns):
    """One presentation: both neurons of each named column spike in step 0."""
    z = np.zeros((STEPS, NEURONS), bool)
    for column in columns:
        z[0, 2 * column : 2 * column + 2] = True
    return z


def apart(column):
    """One presentation: a column's neurons spike once each, in different steps."""
    z = np.zeros((STEPS, NEURONS), bool)
    z[0, 2 * column] = z[1, 2 * column + 1] = True
    return z


def figures(net, presentations, labels):
    tally = tally_of(net, SAMPLES, seed=3)
    spikes = np.stack(presentations * SAMPLES, axis=1)
    half = len(presentations) * SAMPLES // 2
    for part in (spikes[:, :half], spikes[:, half:]):
        add_recorded(tally, {"a": part}, net.readout, np.array(labels * (SAMPLES // 2)))
    return tally.agreement()


def test_class_columns():
    """Own column together, the other's apart; each pair meets by chance in half of the draws.

    The answer stays right unless the other column alone is together, in a quarter of the draws;
    by rate both classes tie, and the lower is right.
    """
    found = figures(network(CLASS_COLUMNS), [together(0) | apart(1)], [0])
    assert found.shuffle_draws == draws_for(SAMPLES) > 1
    assert found.shuffled_accuracy == pytest.approx(0.75, abs=0.03)
    assert found.rate_accuracy == 1.0
    assert found.coincidence_ratio == pytest.approx((2.0,), rel=0.1)
    assert found.negative_ratio == (0.0,)
    assert found.firing == (0.5,)


def test_label_passes():
    """The pass of the right label, 1, has two columns together, that of label 0 has them apart."""
    passes = [apart(0) | apart(1), together(0, 1)]
    found = figures(network(ALL_LABELS), passes, [1])
    # Right where more columns are together by chance than in the other pass: 5 of 16.
    assert found.shuffled_accuracy == pytest.approx(5 / 16, abs=0.03)
    assert found.rate_accuracy == 0.0  # a tie, which the lower label wins
    assert found.coincidence_ratio == pytest.approx((2.0,), rel=0.1)
    assert found.negative_ratio == (0.0,)
    assert found.firing == (0.5,)


def test_counts_that_no_shuffle_changes():
    weights = np.array([[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 1.0]])
    found = figures(network(SOFTMAX, weights), [together(1)], [1])
    assert (found.shuffled_accuracy, found.rate_accuracy) == (1.0, 1.0)
    assert found.coincidence_ratio == pytest.approx((2.0,), rel=0.1)


def test_the_same_seed_gives_the_same_figures():
    nets = [network(CLASS_COLUMNS), network(CLASS_COLUMNS)]
    first, second = (figures(net, [together(0) | apart(1)], [0]) for net in nets)
    assert first == second
