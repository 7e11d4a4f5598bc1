import numpy as np
import pytest
from sklearn.datasets import load_digits, make_moons
from sklearn.model_selection import train_test_split
from sklearn.utils.estimator_checks import estimator_checks_generator

import spikeff
from spikeff.data.features import images_of_features
from spikeff.errors import ConfigError
from spikeff.estimator import SpikeFFClassifier

SMALL = {"layers": (60,), "epochs": 12}


# Nearly all checks are about interfaces; what is learned for them need only beat guessing well.
TINY = {"layers": (20,), "column_size": 5, "epochs": 4, "learning_rate": 2e-2}
CHECKS = list(estimator_checks_generator(SpikeFFClassifier(**TINY)))


def name_of(value):
    """A check by its function and the arguments that it was given."""
    given = getattr(value, "keywords", {})
    name = getattr(getattr(value, "func", value), "__name__", "")
    return "-".join([name, *(f"{k}={v}" for k, v in given.items())])


@pytest.mark.slow
@pytest.mark.parametrize(("estimator", "check"), CHECKS, ids=name_of)
def test_scikit_learns_own_checks(estimator, check):
    check(estimator)


@pytest.mark.slow
def test_digits_as_features():
    X, y = load_digits(return_X_y=True)
    train, test, y_train, y_test = train_test_split(X, y, train_size=600, random_state=0)
    names = np.array([f"digit {k}" for k in range(10)])
    classifier = SpikeFFClassifier(epochs=5, random_state=0).fit(train, names[y_train])
    assert classifier.score(test, names[y_test]) > 0.85
    assert classifier.decision_function(test[:3]).shape == (3, 10)


def test_low_values_say_as_much_as_high_ones():
    """Two moons: no linear reading of the two features separates them."""
    X, y = make_moons(300, noise=0.1, random_state=0)
    classifier = SpikeFFClassifier(**SMALL, random_state=1).fit(X[:200] * 1e-3 + 7, y[:200])
    assert classifier.score(X[200:] * 1e-3 + 7, y[200:]) > 0.85


def test_scaling_takes_any_range():
    low, high = np.array([-1e308, 5.0]), np.array([1e308, 5.0])
    X = np.array([[-1e308, 5.0], [0.0, 4.0], [1e308, 6.0]])
    images = images_of_features(X, low, high, channels=3)
    np.testing.assert_array_equal(
        images, [[255, 0, 0, 255, 0, 0], [0, 255, 0, 255, 0, 0], [0, 0, 255, 255, 0, 0]]
    )


@pytest.mark.parametrize("preset", ["digits", "digits-columns"])
def test_random_state_decides_everything(preset):
    X, y = make_moons(60, noise=0.1, random_state=0)
    made = [
        SpikeFFClassifier(preset, layers=(40,), epochs=2, random_state=state).fit(X, y)
        for state in (5, 5, 6)
    ]
    goodness = [classifier.decision_function(X) for classifier in made]
    np.testing.assert_array_equal(goodness[0], goodness[1])
    assert not np.array_equal(goodness[0], goodness[2])


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"preset": "two-ears"}, "takes spike trains"),
        ({"overrides": {"goodnes": "pairs"}}, "Did you mean 'goodness'"),
        ({"epochs": 0, "learning_rate": -1.0}, r"2 mistake\(s\)"),
        ({"channels_per_feature": 0}, "channels_per_feature = 0; give a whole number from 1"),
    ],
)
def test_parameters_that_cannot_be_used(parameters, message):
    X, y = make_moons(20, random_state=0)
    with pytest.raises(ConfigError, match=message):
        SpikeFFClassifier(**parameters).fit(X, y)


@pytest.fixture(scope="module")
def moons():
    """Two half moons, named, and a classifier of them."""
    X, y = make_moons(200, noise=0.1, random_state=0)
    names = np.array(["lower", "upper"])[y]
    return X, names, SpikeFFClassifier(**SMALL, random_state=1).fit(X[:150], names[:150])


def test_probabilities_are_in_the_order_of_classes(moons):
    X, y, classifier = moons
    shares = classifier.predict_proba(X[150:])
    assert shares.shape == (50, 2)
    np.testing.assert_allclose(shares.sum(1), 1.0)
    np.testing.assert_array_equal(
        classifier.classes_[shares.argmax(1)], classifier.predict(X[150:])
    )
    sure = shares.max(1) > np.median(shares.max(1))
    right = classifier.predict(X[150:]) == y[150:]
    assert right[sure].mean() > 0.9


def test_integers_answer_as_the_classifier(moons, tmp_path):
    X, _, classifier = moons
    integers = classifier.export(tmp_path / "net", bits=8)
    assert integers.calibration is not None
    for network in (integers, spikeff.load(tmp_path / "net")):
        labels = classifier.classes_[network.predict(classifier.as_images(X))]
        assert (labels == classifier.predict(X)).mean() > 0.9


def test_partial_fit_learns_from_parts():
    X, y = make_moons(240, noise=0.1, random_state=0)
    classifier = SpikeFFClassifier(**SMALL, random_state=1)
    for _ in range(4):
        for low in (0, 60, 120):
            classifier.partial_fit(X[low : low + 60], y[low : low + 60], classes=[0, 1])
    assert classifier.n_iter_ == 12
    assert classifier.score(X[180:], y[180:]) > 0.8


def test_partial_fit_goes_on_from_fit(moons):
    X, y, _ = moons
    classifier = SpikeFFClassifier(layers=(20,), epochs=1, random_state=1).fit(X, y)
    before = classifier.decision_function(X)
    classifier.partial_fit(X, y)
    assert classifier.model_.log.epochs[-1].learning_rate == classifier.learning_rate
    assert not np.array_equal(classifier.decision_function(X), before)


def test_partial_fit_knows_its_classes():
    X, y = make_moons(20, random_state=0)
    classifier = SpikeFFClassifier(layers=(20,), epochs=1)
    with pytest.raises(ValueError, match="needs classes"):
        classifier.partial_fit(X, y)
    classifier.partial_fit(X[:5], np.zeros(5, int), classes=[0, 1, 2])
    assert classifier.predict_proba(X).shape == (20, 3)
    with pytest.raises(ValueError, match=r"classes are \[0, 1, 2\]"):
        classifier.partial_fit(X, y + 2)
    with pytest.raises(ValueError, match=r"classes are \[0, 1, 2\]"):
        classifier.partial_fit(X, y, classes=[0, 1])
