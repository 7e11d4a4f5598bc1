"""A training on an emulated chip: what reaches the chip, and that it goes on."""

from __future__ import annotations

import numpy as np
import pytest

from hw_targets.learning.device import Device
from spikeff.errors import OutputError
from spikeff.pipeline.on_chip import epoch as epoch_module
from spikeff.pipeline.on_chip import train as train_module
from spikeff.pipeline.on_chip.epoch import Sums
from spikeff.pipeline.on_chip.train import learn_one_epoch, learner_of, train_on_chip
from spikeff.pipeline.run.run import run
from spikeff.pipeline.train import train
from tests.spikeff.pipeline.on_chip.small import SAMPLES


def test_configured_dropout_reaches_the_chip(network, settings, monkeypatch):
    asked = []
    monkeypatch.setattr(train_module, "learn_epoch", lambda *a: asked.append(a[-1]) or Sums())
    data = settings.data.model_copy(update={"input_dropout": 0.3})
    dropped = settings.model_copy(update={"data": data})
    learn_one_epoch(learner_of(network, settings, [Device()]), dropped, SAMPLES, 0)
    assert asked == [0.3]


def test_learning_takes_a_device_to_the_end_of_its_drift(network, settings, monkeypatch):
    ages, learner = [], learner_of(network, settings, [Device()])
    monkeypatch.setattr(learner, "age", ages.append)
    monkeypatch.setattr(epoch_module, "CHUNK", 10)
    for epoch in range(2):
        learn_one_epoch(learner, settings, SAMPLES, epoch)
    np.testing.assert_allclose(ages, [0, 1 / 6, 1 / 3, 1 / 2, 2 / 3, 5 / 6])


def test_the_rate_falls_within_a_long_epoch(network, settings, monkeypatch):
    """And no later than its plan says: at the end of the last epoch nothing is left of it."""
    learner, largest = learner_of(network, settings, [Device()]), []
    monkeypatch.setattr(train_module, "RATE_SAMPLES", 10)
    monkeypatch.setattr(epoch_module, "CHUNK", 10)
    monkeypatch.setattr(learner, "age", lambda share: largest.append(learner.program.largest))
    for epoch in range(2):
        learn_one_epoch(learner, settings, SAMPLES, epoch)
    most = settings.learning.learning_rate * 128 * 63
    expected = most * 0.5 * (1 + np.cos(np.pi * np.arange(6) / 6))
    np.testing.assert_allclose(largest, expected, atol=1.5)


@pytest.mark.parametrize("device", [None, {"noise": 0.1}])
def test_a_resumed_training_ends_with_the_same_bytes(config, tmp_path, device):
    given = {"config": config, "samples": 12, "device": device}
    train_on_chip(tmp_path / "whole", **given)
    train_on_chip(tmp_path / "parts", **given, epochs=2)
    stopped = tmp_path / "stopped"
    with pytest.raises(KeyboardInterrupt):
        train_on_chip(stopped, **given, log=interrupt)
    train_on_chip(stopped, samples=12, resume=True)
    for name in ("network.safetensors", "on_chip.safetensors"):
        whole = (tmp_path / "whole" / name).read_bytes()
        assert (tmp_path / "parts" / name).read_bytes() == whole
        assert (stopped / name).read_bytes() == whole
    assert run(tmp_path / "whole", samples=2).samples == 2
    with pytest.raises(OutputError, match="holds a run"):
        train_on_chip(stopped, **given)
    before = sorted(stopped.iterdir())
    for overwrite in (False, True):
        with pytest.raises(OutputError, match=r"learned on a chip \(on_chip.safetensors\)"):
            train(stopped, "digits", epochs=1, overwrite=overwrite)
    assert sorted(stopped.iterdir()) == before


def interrupt(line):
    if line.startswith("epoch 2"):
        raise KeyboardInterrupt
