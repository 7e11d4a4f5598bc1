import numpy as np
import pytest

import spikeff


@pytest.fixture(scope="package")
def arrays():
    """Pictures of 4 x 5 in three kinds, floats from 0 to 1, and their labels."""
    generator = np.random.default_rng(0)
    kinds = generator.random((3, 4, 5)) < 0.4
    labels = generator.integers(0, 3, 90)
    noisy = kinds[labels] ^ (generator.random((90, 4, 5)) < 0.04)
    return noisy * 0.8, labels


@pytest.fixture(scope="package")
def learn(arrays):
    """Train a small network in memory on the first 60; tests say what they are about."""

    def call(**arguments):
        X, y = arrays
        small = {"preset": "digits-synchrony", "layers": [60], "column_size": 10, "epochs": 6}
        small |= {"batch_size": 10, "data": (X[:60], y[:60]), "learning_rate": 0.02}
        return spikeff.train(**(small | arguments))

    return call


@pytest.fixture(scope="package")
def model(learn):
    return learn()
