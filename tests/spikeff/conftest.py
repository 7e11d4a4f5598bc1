from dataclasses import replace

import numpy as np
import pytest
import torch

from spikeff.data.registry import DATASETS, Split, load_split
from spikeff.nn.neurons import lif as dynamics
from spikeff.training.config.files import preset_table
from spikeff.training.config.overlay import with_fields
from spikeff.training.config.schema import make_config
from spikeff.training.trainer import Trainer


@pytest.fixture(autouse=True, scope="session")
def undrawn(trainings_are_not_drawn):
    """Of all trainings here; test_training_plot.py is about the picture."""


@pytest.fixture(scope="module")
def few_digits():
    """For a module of tests, the data set "digits" has 240 samples to train and to test on."""
    whole = DATASETS["digits"]

    def load(split, directory):
        return whole.load(split, directory).head(240)

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(DATASETS, "digits", replace(whole, load=load))
        yield


@pytest.fixture(scope="session")
def small_digits() -> Split:
    """200 real digits to train on: quick, and enough to learn something."""
    return load_split("digits", "train", None).head(200)


@pytest.fixture
def small_config():
    """Fields for a training of seconds; tests override what they are about."""

    def make(preset="digits", **fields):
        small = {"layers": [100], "epochs": 3, "batch_size": 32, "column_size": 10}
        return make_config(with_fields(preset_table(preset), small | fields), "test")

    return make


@pytest.fixture
def make_trainer(small_digits):
    def make(config):
        trainer = Trainer(config, small_digits, torch.device("cpu"))
        trainer.calibrate()
        return trainer

    return make


@pytest.fixture(params=["torch", "compiled"])
def loops(request, monkeypatch):
    """Both ways through the steps, whatever the sizes."""
    monkeypatch.setattr(dynamics, "COMPILED_FROM", 2**62 if request.param == "torch" else 0)
    return request.param


def weights_of(trainer):
    tensors = [layer.weight for layer in trainer.network.stack] + [trainer.readout.weight]
    return [np.array(t) for t in tensors]
