"""``--device cuda`` of integers, on tensors of this processor: the same answers by torch."""

from __future__ import annotations

from functools import partial

import pytest
import torch

from hw_targets.emulator import torch_kernel
from hw_targets.registry import get_target
from spikeff.errors import ConfigError, TargetUnavailableError, UnknownNameError
from spikeff.pipeline.evaluate import evaluate_run
from spikeff.pipeline.run.run import run

answers = partial(run, "zoo:digits", samples=12, shuffle=True)


@pytest.fixture
def gpu(monkeypatch):
    """Two GPUs, which are this processor; the devices that were asked for."""
    asked = []

    def device_of(name):
        asked.append(name)
        return torch.device("cpu")

    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch_kernel, "device_of", device_of)
    return asked


def test_a_gpu_answers_as_this_processor(gpu) -> None:
    expected = vars(answers())
    assert not gpu
    found = vars(answers(on="cuda:1"))
    assert set(gpu) == {"cuda:1"}
    del expected["seconds"], found["seconds"]
    assert found == expected


def test_integers_are_evaluated_on_a_gpu(gpu) -> None:
    expected = evaluate_run("zoo:digits", samples=12)
    assert not gpu
    assert evaluate_run("zoo:digits", samples=12, device="cuda") == expected
    assert set(gpu) == {"cuda"}


def test_what_does_not_compute_by_torch_is_refused(gpu) -> None:
    with pytest.raises(ConfigError, match="target 'device' does not compute on 'cuda'"):
        run("zoo:digits", target="device", samples=1, on="cuda")
    with pytest.raises(ConfigError, match=r"'cuda:2': torch sees 2"):
        answers(on="cuda:2")
    with pytest.raises(UnknownNameError, match="gpu"):
        answers(on="gpu")


def test_without_a_gpu_both_say_so(monkeypatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    with pytest.raises(ConfigError, match=r"'cuda': torch sees 0 CUDA GPU"):
        answers(on="cuda")
    with pytest.raises(TargetUnavailableError, match="torch finds no CUDA device"):
        get_target("emulator", on="cuda")
