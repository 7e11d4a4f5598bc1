"""What an emulated chip cannot learn, or was asked for wrongly, is refused by name."""

from __future__ import annotations

import importlib
from dataclasses import replace
from functools import partial

import pytest

from hw_targets.learning.device import Device
from spikeff.errors import ConfigError, LimitError
from spikeff.pipeline.on_chip.distil import distil
from spikeff.pipeline.on_chip.train import learner_of, train_on_chip
from spikeff.pipeline.train import train
from tests.spikeff.pipeline.on_chip.small import SMALL


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ('objective.kind = "softmax"', "objective 'softmax'"),
        ("schedule.batch_size = 2", "batch_size 2, not 1"),
        ("schedule.batch_size = 2\nlearning.least_modulation = 0.1", "batches hold 2 samples"),
        ('network.layer_defaults.goodness = "pairs"', "goodness 'pairs'"),
        ("network.layer_defaults.spike_limit = 2", "spike_limit 2, not 1"),
        ("data.shift = 1", "shifts by 1 pixels"),
        ("learning.weight_decay = 0.5", "weight_decay 0.5"),
        ("network.layer_defaults.homeostasis.strength = 3.0", "homeostasis, of which a chip"),
        ("data.mirror = true", "mirrored images"),
        ('learning.rule = "csdp"', "rule 'csdp'"),
        ("learning.generative = 0.1", "a generative side"),
        ("negatives.phase_batches = 8", "in phases apart"),
        ('negatives.kind = "random"', "negatives 'random'"),
    ],
)
def test_what_no_chip_learns_is_refused_by_name(more, message, tmp_path):
    path = tmp_path / "odd.toml"
    key = more.split(" = ")[0]
    kept = [line for line in SMALL.splitlines() if not line.startswith(key)]
    path.write_text("\n".join([*kept, more]))
    with pytest.raises(ConfigError, match=message):
        train_on_chip(tmp_path / "run", config=path, samples=4)


def test_networks_that_the_rule_cannot_learn_are_refused(network, settings):
    still = replace(
        network, connections=tuple(replace(c, plasticity=None) for c in network.connections)
    )
    with pytest.raises(LimitError, match="one from 'input' is learned"):
        learner_of(still, settings, [Device()])
    with pytest.raises(LimitError, match="a period of 9 steps"):
        learner_of(replace(network, idle_steps=1), settings, [Device()])


WRONG = [
    ({"device": {"mismatch": 0.5}}, "mismatch = 0.5"),
    ({"device": {"noise": float("nan")}}, "noise = nan"),
    ({"device": {"dead": "x"}}, "dead = 'x'"),
    ({"device": {"seed": -1}}, "seed = -1"),
    ({"device": {"seeds": 1}}, "no 'seeds'; a device has seed, mismatch"),
    ({"epochs": 0}, "epochs"),
    ({"seed": 10**20}, "seed"),
    ({"preset": "digits"}, "batch_size 64, not 1"),
]


@pytest.mark.parametrize(
    ("step", "given", "message"),
    [
        *(("train", *each) for each in WRONG),
        *(("distil", *each) for each in WRONG),
        ("distil", {"students": 10**20}, "students"),
        ("distil", {"preset": "mnist-onchip"}, "learned 'digits', and its students"),
        ("distil", {"device": {"seed": 2**63 - 1}, "students": 2}, "seed = 9223372036854775808"),
    ],
)
def test_all_that_is_asked_for_is_checked_before_data_are_read(
    step, given, message, tmp_path, monkeypatch
):
    for name in ("train", "distil"):
        module = importlib.import_module(f"spikeff.pipeline.on_chip.{name}")
        monkeypatch.setattr(module, "load_split", lambda *_: pytest.fail("data were read"))
    call = train_on_chip if step == "train" else partial(distil, "zoo:digits")
    with pytest.raises(ConfigError, match=message):
        call(tmp_path / "new", **{"preset": "digits-onchip"} | given)
    assert not (tmp_path / "new").exists()


def test_a_run_goes_on_by_what_it_says_alone(tmp_path):
    for given in ({"epochs": 9}, {"seed": 1}, {"device": {"seed": 1}}, {"preset": "digits"}):
        with pytest.raises(ConfigError, match="leave the rest out"):
            train_on_chip(tmp_path, resume=True, **given)


def test_training_in_floats_leaves_no_presentation_out(tmp_path):
    path = tmp_path / "odd.toml"
    path.write_text(SMALL + "learning.least_modulation = 0.1\n")
    with pytest.raises(ConfigError, match=r"least_modulation = 0\.1: only a chip"):
        train(tmp_path / "run", config=path)
    assert not (tmp_path / "run" / "checkpoint.safetensors").exists()
