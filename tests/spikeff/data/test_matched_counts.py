import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from spikeff.data.matched_counts import Intervals, Lags, Sizes, Synchrony, draw, loader
from spikeff.data.registry import load_split
from spikeff.errors import ConfigError, DataError

FEW = {"train": 600, "test": 300}
TASKS = {
    "intervals": Intervals(Sizes(channels=12, spikes_per_channel=2, **FEW)),
    "intervals, three spikes, noise": Intervals(
        Sizes(channels=12, spikes_per_channel=3, jitter=1, replaced=0.3, **FEW)
    ),
    "synchrony": Synchrony(Sizes(channels=12, **FEW)),
    "synchrony, three spikes, noise": Synchrony(
        Sizes(channels=12, spikes_per_channel=3, jitter=2, replaced=0.3, **FEW)
    ),
    "lags": Lags(Sizes(channels=12, **FEW)),
    "lags, two spikes, noise": Lags(
        Sizes(channels=8, spikes_per_channel=2, jitter=1, replaced=0.2, **FEW), (0, 5)
    ),
    "synchrony, other sizes": Synchrony(Sizes(channels=6, steps=11, classes=4, **FEW)),
}


@pytest.fixture(scope="module", params=TASKS)
def task(request):
    """A task with its training and test samples."""
    made = TASKS[request.param]
    return made, draw(made, "train"), draw(made, "test")


def trains(split):
    return split.images.reshape(-1, *split.shape) > 0


def steps_of(split):
    """Steps of the spikes of each channel, (samples, channels, spikes)."""
    spikes = trains(split).transpose(0, 2, 1)
    return np.nonzero(spikes)[2].reshape(*spikes.shape[:2], -1)


def test_every_channel_has_the_same_count_in_every_sample(task):
    made, *splits = task
    for split in splits:
        assert split.shape == (made.sizes.steps, made.sizes.channels)
        np.testing.assert_array_equal(trains(split).sum(1), made.sizes.spikes_per_channel)
        counts = np.bincount(split.labels, minlength=made.sizes.classes)
        np.testing.assert_array_equal(counts, len(split) // made.sizes.classes)


def test_counts_teach_logistic_regression_nothing(task):
    made, train, test = task
    model = LogisticRegression().fit(trains(train).sum(1), train.labels)
    for split in (train, test):
        chance = pytest.approx(1 / made.sizes.classes)
        assert model.score(trains(split).sum(1), split.labels) == chance


def test_no_single_spike_time_tells_the_class(task):
    """Chi-square of step against class, per channel: on average one per degree of freedom."""
    made, train, _ = task
    table = np.zeros((made.sizes.classes, *train.shape))
    np.add.at(table, train.labels, trains(train))
    expected = len(train) * made.sizes.spikes_per_channel / made.sizes.steps / made.sizes.classes
    squares = ((table - expected) ** 2 / expected).sum((0, 1))
    assert squares.mean() / (made.sizes.classes * made.sizes.steps) == pytest.approx(1, abs=0.15)


def test_the_interval_of_a_channel_tells_the_class():
    made = TASKS["intervals"]
    split = draw(made, "test")
    first, second = np.moveaxis(steps_of(split), 2, 0)
    apart = np.minimum(second - first, made.sizes.steps - (second - first))
    np.testing.assert_array_equal(apart, made.of_classes()[split.labels])
    each = np.sort(made.of_classes(), axis=1)
    np.testing.assert_array_equal(each, np.repeat(made.intervals, 3)[None].repeat(10, 0))


def test_partners_spike_together():
    made = TASKS["synchrony"]
    split = draw(made, "test")
    left, right = np.split(steps_of(split)[..., 0], 2, axis=1)
    partners = made.partners()[split.labels]
    np.testing.assert_array_equal(np.take_along_axis(right, partners, 1), left)
    others = np.take_along_axis(right, made.partners()[(split.labels + 1) % 10], 1)
    assert (others == left).mean() < 0.4
    assert len(np.unique(made.partners(), axis=0)) == 10


def test_each_half_alone_is_the_same_in_all_classes():
    """Pairs of channels of one half meet as often in each class, as chance has it."""
    made = Synchrony(Sizes(channels=8, classes=4, train=4000))
    spikes = trains(draw(made, "train"))
    labels = draw(made, "train").labels
    for half in (spikes[..., :4], spikes[..., 4:]):
        met = (half.sum(2) * (half.sum(2) - 1)).sum(1)
        means = np.array([met[labels == k].mean() for k in range(4)])
        np.testing.assert_allclose(means, 12 / 24, atol=0.12)


@pytest.mark.parametrize(("jitter", "replaced"), [(1, 0.0), (0, 0.4)])
def test_noise_moves_as_many_spikes_as_it_says(jitter, replaced):
    made = Synchrony(Sizes(channels=12, steps=60, jitter=jitter, replaced=replaced, **FEW))
    split = draw(made, "test")
    left, right = np.split(steps_of(split)[..., 0], 2, axis=1)
    off = np.take_along_axis(right, made.partners()[split.labels], 1) - left
    off = np.abs((off + 30) % 60 - 30)
    if jitter:
        assert off.max() == 2
        assert (off == 0).mean() == pytest.approx(1 / 3, abs=0.04)
    else:
        assert (off == 0).mean() == pytest.approx((1 - replaced) ** 2 + 0.01, abs=0.04)


def test_spikes_that_meet_are_drawn_anew():
    """All of them at random: every pair of the eight steps is as likely as any other."""
    noise = Sizes(channels=12, steps=8, spikes_per_channel=2, replaced=1.0, **FEW)
    first, second = np.moveaxis(steps_of(draw(Intervals(noise, (1, 2)), "train")), 2, 0)
    apart = np.minimum(second - first, 8 - (second - first))
    shares = np.bincount(apart.ravel(), minlength=5) / apart.size
    np.testing.assert_allclose(shares, np.array([0, 8, 8, 8, 4]) / 28, atol=0.02)


def test_samples_follow_from_the_seed_and_splits_share_none():
    made, other = TASKS["synchrony"], Synchrony(Sizes(channels=12, seed=1, **FEW))
    train, test = draw(made, "train"), draw(made, "test")
    np.testing.assert_array_equal(draw(made, "train").images, train.images)
    assert not {row.tobytes() for row in train.images} & {row.tobytes() for row in test.images}
    assert not np.array_equal(draw(other, "train").images, train.images)
    assert not np.array_equal(draw(other, "train").labels, train.labels)
    assert not np.array_equal(other.partners(), made.partners())
    np.testing.assert_array_equal(loader(made)("test", None).images, test.images)


@pytest.mark.parametrize("name", ["intervals", "synchrony-across"])
def test_they_are_registered(name, tmp_path):
    test = load_split(name, "test", None)
    assert (len(test), test.classes, test.shape[0]) == (1000, 10, 24)
    with pytest.raises(DataError, match="is built in"):
        load_split(name, "test", tmp_path)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Sizes(steps=1), "steps = 1: give 2 to"),
        (lambda: Sizes(spikes_per_channel=25), "spikes_per_channel = 25: give 1 to 24"),
        (lambda: Sizes(classes=1), "classes = 1: give 2 to"),
        (lambda: Sizes(jitter=13), "jitter = 13: give 0 to 12"),
        (lambda: Sizes(replaced=1.5), "replaced = 1.5: give 0 to 1"),
        (lambda: Synchrony(Sizes(channels=5)), "two halves"),
        (lambda: Synchrony(Sizes(channels=2)), "two halves"),
        (lambda: Intervals(Sizes()), "spikes_per_channel of intervals = 1"),
        (lambda: Intervals(intervals=(3, 3)), "numbers of intervals = 1"),
        (lambda: Intervals(intervals=(3, 13)), "an interval = 13: give 1 to 12"),
    ],
)
def test_sizes_that_do_not_fit_are_refused(make, message):
    with pytest.raises(ConfigError, match=message):
        make()
