"""Goodness and targets of one's own: registered once, tried, refused with a reason."""

import re
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from hw_targets import registry as targets
from lava_export.integers.file import load_integer_network
from spikeff.data.registry import load_split
from spikeff.errors import ConfigError
from spikeff.ir.goodness import GOODNESS, Goodness, get_goodness, register_goodness
from spikeff.nn.goodness_gradient import goodness_gradient
from spikeff.pipeline.board_job.bundle import bundle_network
from spikeff.plugins import load_extensions
from spikeff.zoo import network_path

RATE = get_goodness("rate")


@pytest.fixture(autouse=True)
def registries(monkeypatch):
    monkeypatch.setattr("spikeff.ir.goodness.GOODNESS", dict(GOODNESS))
    monkeypatch.setattr(targets, "TARGETS", dict(targets.TARGETS))


def test_goodness_is_known_by_its_name_once():
    mine = Goodness(RATE.value, RATE.derivative)
    register_goodness("mine", mine)
    assert get_goodness("mine") is mine
    with pytest.raises(ConfigError, match="goodness 'mine' is registered already"):
        register_goodness("mine", mine)
    with pytest.raises(ConfigError, match="'pairs' is registered already"):
        register_goodness("pairs", mine)


@pytest.mark.parametrize(
    ("value", "derivative", "message"),
    [
        (lambda z, beta: z.sum(0), RATE.derivative, r"value has shape \(2, 4, 5\)"),
        (RATE.value, lambda z, beta: z.sum(3), r"derivative has shape \(3, 2, 4\)"),
        (lambda z, beta: (z + z).sum((0, 3)), RATE.derivative, "bool spikes, as simulators"),
        (lambda z, beta: z.relu(), RATE.derivative, "fails on a numpy array: AttributeError"),
    ],
)
def test_goodness_of_other_shapes_is_refused(value, derivative, message):
    with pytest.raises(ConfigError, match=message):
        register_goodness("mine", Goodness(value, derivative))


@pytest.mark.parametrize("name", sorted(GOODNESS))
def test_our_own_derivatives_pass_the_trial(name):
    register_goodness("mine", get_goodness(name))


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("rate", lambda slope, z: slope / 2),
        ("synchrony", lambda slope, z: -slope),
        ("pairs", lambda slope, z: slope * (z == 0)),
        ("windowed_pairs", lambda slope, z: slope[::-1]),
    ],
)
def test_a_wrong_derivative_is_refused_with_the_spike_and_the_numbers(name, wrong):
    right = get_goodness(name)
    mine = Goodness(right.value, lambda z, beta: wrong(right.derivative(z, beta), z))
    with pytest.raises(ConfigError, match=r"'mine': derivative is .* neuron \d in column") as said:
        register_goodness("mine", mine)
    given, per_unit, by_spike = (
        float(word.strip(",;"))
        for word in re.findall(r"(?:is|by) (-?[\d.e-]+)", str(said.value))[:3]
    )
    assert abs(given - per_unit) > 1e-3
    assert abs(given - by_spike) > 1e-3
    assert "mine" not in GOODNESS


def test_a_single_wrong_entry_is_named():
    def off_by_one(z, beta):
        slope = np.broadcast_to(RATE.derivative(z, beta), z.shape).copy()
        slope[2, 1, 3, 4] += 0.25
        return slope

    with pytest.raises(ConfigError, match="neuron 4 in column 3, sample 1, step 2"):
        register_goodness("mine", Goodness(RATE.value, off_by_one))


def test_without_a_derivative_autograd_finds_it():
    register_goodness("mine", Goodness(lambda z, beta: (z.sum(0) ** 2).sum(2) / 3))
    z = (torch.rand(6, 3, 4, 4, generator=torch.Generator().manual_seed(0)) < 0.3).float()
    slope = goodness_gradient("mine", z, 0.0)
    torch.testing.assert_close(slope, RATE.derivative(z, 0.0).expand_as(z))
    slope.mul_(2.0)  # memory of its own
    assert not slope.requires_grad
    assert not z.requires_grad


def test_a_linear_goodness_has_a_derivative_that_can_be_written_into():
    register_goodness("mine", Goodness(lambda z, beta: z.sum((0, 3)) * 1.0))
    with torch.no_grad():
        slope = goodness_gradient("mine", torch.ones(2, 3, 4, 5), 0.0)
    assert slope.mul_(2.0).eq(2.0).all()


def test_a_goodness_that_cannot_be_differentiated_says_so():
    register_goodness("mine", Goodness(lambda z, beta: (z > 0).sum((0, 3))))
    with pytest.raises(ConfigError, match=r"'mine' has no derivative .* register a derivative"):
        goodness_gradient("mine", torch.ones(2, 3, 4, 5), 0.0)


def test_a_job_does_not_carry_it(tmp_path):
    network = load_integer_network(network_path("zoo:digits"))
    mine = replace(network, readout=replace(network.readout, goodness="mine"))
    with pytest.raises(ConfigError, match=r"pairs, rate, .* and not 'mine'"):
        bundle_network(mine, load_split("digits", "test", None).head(1), tmp_path / "job.zip")
    assert not list(tmp_path.iterdir())


def test_targets_have_names_of_their_own():
    with pytest.raises(ConfigError, match="target 'emulator' is registered already"):
        targets.register_target(targets.EmulatorTarget())
    mine = targets.EmulatorTarget()
    mine.name = "mine"
    targets.register_target(mine)
    assert targets.get_target("mine") is mine


def announce(folder, monkeypatch, name, body):
    """An installed package as pip leaves it."""
    (folder / f"{name}.py").write_text(body)
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[spikeff.plugins]\n{name} = {name}:register\n")
    monkeypatch.setattr(sys, "path", [str(folder), *sys.path])


def test_announced_functions_are_called_once(tmp_path, monkeypatch):
    body = "called = []\ndef register():\n    called.append(1)\n"
    announce(tmp_path, monkeypatch, "told_once", body)
    load_extensions()
    load_extensions()
    assert np.sum(sys.modules["told_once"].called) == 1


def test_a_broken_extension_is_named(tmp_path, monkeypatch):
    announce(tmp_path, monkeypatch, "told_badly", "def register():\n    raise KeyError('oh')\n")
    with pytest.raises(ConfigError, match=r"'told_badly' \(told_badly:register\) fails: KeyError"):
        load_extensions()
