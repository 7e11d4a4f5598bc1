"""What share of an answer is time, on spikes that say the class by counts, by times or by both."""

import math

import numpy as np
import pytest

from spikeff.evidence.figures import time_share
from spikeff.evidence.tally import EvidenceTally
from spikeff.evidence.views import ReadLayer, perturbed_views, views_of_time
from spikeff.ir.codes import ALL_LABELS, CLASS_COLUMNS, SOFTMAX, Readout

SAMPLES, CLASSES, SIZE, STEPS = 120, 4, 5, 12
LABELS = np.arange(SAMPLES) % CLASSES


def layer(columns, name="a"):
    return ReadLayer(name, columns * SIZE, SIZE, 0)


def readout(kind, layers, goodness="excess"):
    neurons = sum(each.size for each in layers)
    names = tuple(each.name for each in layers)
    return Readout(
        kind, goodness, 0.0, CLASSES, names, np.zeros((CLASSES, neurons)), np.zeros(CLASSES)
    )


def volleys(own, generator):
    """One spike per neuron: of columns that are ``own`` (samples, columns) in one step, else apart.

    Returns:
        bool (steps, samples, neurons).
    """
    step = generator.integers(STEPS, size=(*own.shape, SIZE))
    together = generator.integers(STEPS, size=(*own.shape, 1))
    step = np.where(own[:, :, np.newaxis], together, step)
    z = np.arange(STEPS)[:, np.newaxis, np.newaxis, np.newaxis] == step
    return z.reshape(STEPS, len(own), -1)


def bursts(own, generator):
    """Spikes at random steps, twice as many in columns that are ``own``."""
    share = np.where(own, 0.8, 0.4)[..., np.newaxis]
    z = generator.random((STEPS, *own.shape, SIZE)) < share
    return z.reshape(STEPS, len(own), -1)


def evaluated(kind, spikes_of, goodness="excess", layers=1, labels=LABELS, seed=0, **how):
    """Figures where ``spikes_of`` says which columns are those of positives."""
    generator = np.random.default_rng(5)
    read = [layer(CLASSES, f"layer{k}") for k in range(layers)]
    tally = EvidenceTally(
        readout(kind, read, goodness), read, STEPS, len(labels), seed, perturbed=True, **how
    )

    def shown(label):
        own = np.arange(CLASSES) == labels[:, np.newaxis]
        if kind == ALL_LABELS:
            own = np.repeat((labels == label)[:, np.newaxis], CLASSES, axis=1)
        return {each.name: spikes_of(own, generator) for each in read}

    passes = [shown(label) for label in range(CLASSES if kind == ALL_LABELS else 1)]
    tally.add(labels, passes, None)
    return tally.evaluation()


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("kind", [CLASS_COLUMNS, ALL_LABELS])
def test_an_answer_that_is_in_times_alone(kind, layers):
    found = evaluated(kind, volleys, layers=layers)
    assert found.accuracy == found.reversed_accuracy == 1.0
    assert found.chance == 0.25
    assert found.shuffled_accuracy == pytest.approx(0.25, abs=0.05)
    assert found.time_share == pytest.approx(1.0, abs=0.07)
    assert found.rate_accuracy == 0.25  # all counts are alike
    assert found.coincidence_ratio == pytest.approx((STEPS,) * layers, rel=0.1)
    assert found.negative_ratio == pytest.approx((1.0,) * layers, rel=0.1)
    assert found.firing == (1 / STEPS,) * layers
    by_reach = [found.jittered_accuracy[reach] for reach in ("1", "2", "3")]
    assert found.accuracy >= by_reach[0] >= by_reach[1] >= by_reach[2]
    assert found.accuracy > by_reach[2] > found.shuffled_accuracy + 0.1
    by_share = [found.deleted_accuracy[share] for share in ("0.05", "0.1", "0.2", "0.5")]
    assert 1.0 >= by_share[0] >= by_share[1] >= by_share[2] >= by_share[3] > 0.5
    assert by_share[3] < 1.0 or kind == ALL_LABELS  # where every column must be lost


@pytest.mark.parametrize("kind", [CLASS_COLUMNS, ALL_LABELS])
def test_an_answer_that_is_in_counts_alone(kind):
    found = evaluated(kind, bursts, goodness="pairs")
    assert found.accuracy == found.rate_accuracy == found.shuffled_accuracy == 1.0
    assert (found.time_share, found.shuffled_spread) == (0.0, 0.0)
    assert set(found.jittered_accuracy.values()) == {1.0}
    assert found.coincidence_ratio == pytest.approx((1.0,), abs=0.05)
    assert found.negative_ratio == pytest.approx((1.0,), abs=0.05)


def test_the_same_counts_say_nothing_to_excess():
    found = evaluated(CLASS_COLUMNS, bursts, goodness="excess")
    assert found.rate_accuracy == 1.0
    assert found.accuracy < 0.5


def test_a_linear_readout_hears_no_time():
    """It answers from counts, so only deletion reaches it; so does the list that it makes."""
    (only,) = read = [layer(CLASSES)]
    weights = np.repeat(np.eye(CLASSES), SIZE, axis=1)
    softmax = Readout(SOFTMAX, "rate", 0.0, CLASSES, ("a",), weights, np.zeros(CLASSES))
    tally = EvidenceTally(softmax, read, STEPS, SAMPLES, 0, perturbed=True)
    own = np.arange(CLASSES) == LABELS[:, np.newaxis]
    z = np.random.default_rng(1).random((STEPS, SAMPLES, only.size)) < 0.05
    z |= bursts(own, np.random.default_rng(2)) & (np.random.default_rng(3).random(z.shape) < 0.08)
    tally.add(LABELS, [{"a": z}], z.sum(0) @ weights.T)
    found = tally.evaluation()
    assert 0.4 < found.accuracy == found.readout_accuracy < 0.9
    assert found.accuracy == found.shuffled_accuracy == found.rate_accuracy
    assert set(found.jittered_accuracy.values()) == {found.accuracy}
    assert found.deleted_accuracy["0.5"] < found.accuracy - 0.02
    assert found.time_share == 0.0
    (reading,) = found.by_reading()
    assert (reading.name, reading.accuracy) == ("one-pass readout", found.accuracy)


def test_the_short_list_after_the_shuffle():
    """Goodness, at chance by then, among two classes of which one is right."""
    read = [layer(CLASSES)]
    tally = EvidenceTally(readout(CLASS_COLUMNS, read), read, STEPS, SAMPLES, 0, listed=2)
    own = np.arange(CLASSES) == LABELS[:, np.newaxis]
    logits = own + 0.5 * own[:, [1, 0, 3, 2]]
    tally.add(LABELS, [{"a": volleys(own, np.random.default_rng(4))}], logits)
    found = tally.evaluation()
    assert found.shortlist_accuracy == found.readout_accuracy == 1.0
    assert found.shuffled_shortlist_accuracy == pytest.approx(0.5, abs=0.05)
    names = ["goodness", "one-pass readout", "short list"]
    assert [each.name for each in found.by_reading()] == names
    assert found.jittered_accuracy is found.deleted_accuracy is found.reversed_accuracy is None


def test_chance_does_not_follow_the_labels():
    """Nine in ten samples are of class 0; an answer drawn uniformly is right in one of four."""
    labels = np.where(np.arange(SAMPLES) % 10 == 9, 1, 0)
    found = evaluated(CLASS_COLUMNS, volleys, labels=labels)
    assert found.chance == 0.25


def test_no_share_without_anything_above_chance():
    assert time_share(0.1, 0.1, 0.1, 10**6) is None
    assert time_share(0.05, 0.1, 0.1, 10**6) is None
    assert time_share(0.9, 0.1, 0.1, 100) == 1.0
    assert time_share(0.9, 0.3, 0.1, 100) == pytest.approx(0.75)
    assert time_share(0.5, 0.6, 0.25, 100) == pytest.approx(-0.4)


@pytest.mark.parametrize(("samples", "luck"), [(100, 0.06), (400, 0.03), (90_000, 0.002)])
def test_no_share_of_what_guessing_would_reach_as_well(samples, luck):
    """Of as many guesses one in forty is right that often: two standard errors above chance."""
    assert time_share(0.1 + 0.99 * luck, 0.1, 0.1, samples) is None
    assert time_share(0.1 + 1.01 * luck, 0.1, 0.1, samples) == pytest.approx(1.0)


def test_what_a_network_lacks_is_not_a_number():
    found = evaluated(CLASS_COLUMNS, volleys)
    assert math.isnan(found.readout_accuracy)
    assert math.isnan(found.shortlist_accuracy)
    assert math.isnan(found.shuffled_shortlist_accuracy)


def test_draws_are_their_seeds_and_no_two_are_one():
    first, again = (evaluated(CLASS_COLUMNS, volleys) for _ in range(2))
    names = ("shuffled_accuracy", "jittered_accuracy", "deleted_accuracy")
    assert all(getattr(first, name) == getattr(again, name) for name in names)
    assert first.shuffled_spread > 0
    other = evaluated(CLASS_COLUMNS, volleys, seed=1)
    assert all(getattr(first, name) != getattr(other, name) for name in names)
    once = evaluated(CLASS_COLUMNS, volleys, draws=1)
    assert (once.shuffle_draws, once.shuffled_spread) == (1, None)


def test_every_draw_of_every_perturbation_has_a_generator_of_its_own():
    own = readout(CLASS_COLUMNS, [layer(CLASSES)])
    views = [*views_of_time(own, 0, draws=3), *perturbed_views(own, 0, draws=2)]
    drawn = [v.change for v in views if "generator" in getattr(v.change, "keywords", {})]
    assert len(drawn) == 3 + 2 * (3 + 4)
    assert len({change.keywords["generator"].random() for change in drawn}) == len(drawn)


def test_each_population_alone_is_read_by_its_own_goodness():
    nothing = np.zeros((0, 0)), np.zeros(0)
    names = ("low", "high")
    readout = Readout("class_columns", ("pairs", "rate"), 0.0, 2, names, *nothing)
    layers = [ReadLayer(name, 4, 2, 0) for name in names]
    spikes = {name: np.zeros((3, 2, 4), bool) for name in names}
    spikes["low"][0, :, 2:] = True  # a pair of class 1, in both samples
    spikes["low"][1:, :, 0] = True  # and more counts of class 0
    spikes["high"][1:, :, 2] = True  # counts of class 1, and no pair
    tally = EvidenceTally(readout, layers, 3, 2, seed=0, draws=1)
    tally.add(np.array([1, 0]), [spikes], None)
    assert tally.evaluation().layer_accuracy == (0.5, 0.5)
    tally = EvidenceTally(readout, layers, 3, 1, seed=0, draws=1)
    tally.add(np.array([1]), [{name: z[:, :1] for name, z in spikes.items()}], None)
    assert tally.evaluation().layer_accuracy == (1.0, 1.0)
