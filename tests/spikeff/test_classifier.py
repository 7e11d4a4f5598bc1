import numpy as np
import pytest
from sklearn.datasets import load_digits, make_moons
from sklearn.model_selection import train_test_split
from sklearn.utils.estimator_checks import estimator_checks_generator

from spikeff.errors import ConfigError
from spikeff.estimator import SpikeFFClassifier

SMALL = {"layers": (60,), "epochs": 12}


CHECKS = list(estimator_checks_generator(SpikeFFClassifier(**SMALL)))


def name_of(value):
    """A check by its function and the arguments that it was given."""
    given = getattr(value, "keywords", {})
    name = getattr(getattr(value, "func", value), "__name__", "")
    return "-".join([name, *(f"{k}={v}" for k, v in given.items())])


@pytest.mark.slow
@pytest.mark.parametrize(("estimator", "check"), CHECKS, ids=name_of)
def test_scikit_learns_own_checks(estimator, check):
    check(estimator)


def test_digits_as_features():
    X, y = load_digits(return_X_y=True)
    train, test, y_train, y_test = train_test_split(X, y, train_size=600, random_state=0)
    names = np.array([f"digit {k}" for k in range(10)])
    classifier = SpikeFFClassifier(epochs=15, random_state=0).fit(train, names[y_train])
    assert classifier.score(test, names[y_test]) > 0.85
    assert classifier.decision_function(test[:3]).shape == (3, 10)


def test_low_values_say_as_much_as_high_ones():
    """Two moons: no linear reading of the two features separates them."""
    X, y = make_moons(300, noise=0.1, random_state=0)
    classifier = SpikeFFClassifier(**SMALL, random_state=1).fit(X[:200] * 1e-3 + 7, y[:200])
    assert classifier.score(X[200:] * 1e-3 + 7, y[200:]) > 0.85


def test_scaling_takes_any_range():
    classifier = SpikeFFClassifier(channels_per_feature=3)
    classifier.low_, classifier.high_ = np.array([-1e308, 5.0]), np.array([1e308, 5.0])
    images = classifier._images(np.array([[-1e308, 5.0], [0.0, 4.0], [1e308, 6.0]]))
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
        ({"channels_per_feature": 0}, "at least 1"),
    ],
)
def test_parameters_that_cannot_be_used(parameters, message):
    X, y = make_moons(20, random_state=0)
    with pytest.raises(ConfigError, match=message):
        SpikeFFClassifier(**parameters).fit(X, y)
