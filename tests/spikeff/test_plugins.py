"""Kinds of one's own: registered once, tried, refused with a reason; plugins that bring them."""

import re
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from hw_targets import registry as targets
from hw_targets.cost import table_registry as tables
from lava_export.integers.file import load_integer_network
from spikeff.data import encoders
from spikeff.data import registry as datasets
from spikeff.data.encoders import Encoder, register_encoder
from spikeff.data.registry import load_split, register_dataset
from spikeff.errors import ConfigError, FileFormatError, SpikeffError
from spikeff.ir.goodness import GOODNESS, Goodness, get_goodness, register_goodness
from spikeff.learning.negatives.source import get_negatives
from spikeff.learning.objectives.objective import get_objective
from spikeff.learning.rules.rule import get_rule
from spikeff.nn.goodness_gradient import goodness_gradient
from spikeff.pipeline.board_job.bundle import bundle_network
from spikeff.plugins import load_plugins
from spikeff.training.config.files import config_text
from spikeff.training.config.schema import make_config
from spikeff.training.stored import Stored
from spikeff.zoo import network_path
from tests.registries import registries_kept

RATE = get_goodness("rate")


@pytest.fixture(autouse=True)
def registries():
    with registries_kept():
        yield


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


@pytest.mark.parametrize(
    ("value", "derivative"),
    [
        (lambda z, beta: z.sum((0, 3)) * 1.0, lambda z, beta: (z[:1, :1] * 0 + 1).expand(z.shape)),
        (lambda z, beta: (z * z).sum((0, 3)) / 2, lambda z, beta: z),
        (lambda z, beta: (z * z).sum((0, 3)) / 2, lambda z, beta: z[:]),
    ],
    ids=["expanded", "the spikes", "a view of them"],
)
def test_a_derivative_in_shared_memory_can_be_written_into(value, derivative, monkeypatch):
    monkeypatch.setitem(GOODNESS, "mine", Goodness(value, derivative))
    z = (torch.rand(3, 2, 4, 5, generator=torch.Generator().manual_seed(0)) < 0.5).float()
    before, wanted = z.clone(), derivative(z, 0.0).clone()
    slope = goodness_gradient("mine", z, 0.0)
    assert slope.mul_(2.0).equal(2 * wanted)
    assert z.equal(before)


def test_the_obvious_derivative_by_autograd_learns(monkeypatch, small_config, make_trainer):
    """Its gradient is expanded, and carries a graph's tensors; what is learned is the same."""

    def derivative(z, beta):
        with torch.enable_grad():
            spikes = torch.as_tensor(z).detach().requires_grad_()
            return torch.autograd.grad(RATE.value(spikes, beta).sum(), spikes)[0]

    register_goodness("mine", Goodness(RATE.value, derivative, windowed=False))
    weights = []
    for name in ("rate", "mine"):
        trainer = make_trainer(small_config(goodness=name, layers=[20]))
        trainer.train_epoch()
        weights.append(trainer.network.stack[0].weight)
    torch.testing.assert_close(*weights)


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

    class Mine(targets.EmulatorTarget):
        name = "mine"

    mine = Mine()
    targets.register_target(mine)
    assert targets.get_target("mine") is mine


def on_even_steps(intensities, steps, threshold):
    even = (np.arange(steps) % 2 == 0)[:, None, None]
    return even & (intensities > threshold)[None]


def test_an_encoder_is_known_by_its_name_once():
    mine = Encoder(on_even_steps, single_spike=False)
    register_encoder("even", mine)
    spikes = encoders.encode("even", np.array([[0.0, 1.0]], np.float32), 4, 0.5)
    assert spikes[:, 0, 1].tolist() == [True, False, True, False]
    with pytest.raises(ConfigError, match="encoder 'even' is registered already"):
        register_encoder("even", mine)


@pytest.mark.parametrize(
    ("encoder", "message"),
    [
        (Encoder(on_even_steps, single_spike=True), "spikes 3 times in a sample"),
        (Encoder(lambda x, steps, t: x > t, single_spike=False), r"gives bool \(3, 4\)"),
        (Encoder(lambda x, n, t: np.stack([x] * n), single_spike=False), "gives float32"),
        (Encoder(on_even_steps, single_spike=False, in_steps=True), r"\(6, 3, 24\)"),
    ],
)
def test_encoders_that_give_something_else_are_refused(encoder, message):
    with pytest.raises(ConfigError, match=message):
        register_encoder("mine", encoder)
    assert "mine" not in encoders.ENCODERS


def test_a_data_set_is_known_by_its_name_once():
    register_dataset("few", lambda split, directory: load_split("digits", split, None).head(7), 10)
    assert len(load_split("few", "train", None)) == 7
    assert datasets.classes_of("few") == 10
    with pytest.raises(ConfigError, match="data set 'few' is registered already"):
        register_dataset("few", datasets.load_digits)


TABLE = """[{name}]
title = "Our board"
source = "Lab report 7"
where = "Table 1"
year = 2026
node = "28 nm"
kind = "measured"
uncertainty = "spread of five boards"
[{name}.rows.synaptic_operation_pj]
value = 12.5
"""


def test_a_cost_table_is_known_by_its_name_once(tmp_path):
    file = tmp_path / "board.toml"
    file.write_text(TABLE.format(name="board7"))
    tables.register_cost_table(file)
    assert tables.cost_table("board7").title == "Our board"
    with pytest.raises(ConfigError, match="cost table 'board7' is registered already"):
        tables.register_cost_table(file)
    file.write_text(TABLE.format(name="loihi1"))
    with pytest.raises(ConfigError, match="cost table 'loihi1' is registered already"):
        tables.register_cost_table(file)


@pytest.mark.parametrize(
    "look_up",
    [
        get_goodness,
        encoders.get_encoder,
        get_objective,
        get_rule,
        get_negatives,
        targets.get_target,
        lambda name: load_split(name, "test", None),
        lambda name: make_config({"learning": {"rule": name}}, "mine.toml"),
    ],
)
def test_where_a_name_is_unknown_the_plugin_may_be_missing(look_up):
    with pytest.raises(SpikeffError, match=r"One's own comes with --plugin FILE\.py"):
        look_up("mine")


def test_a_checkpoint_of_a_missing_plugin_need_not_be_trained_again(tmp_path, small_config):
    meta = {"config": config_text(small_config()).replace('"excess"', '"mine"')}
    with pytest.raises(FileFormatError, match=r"--plugin FILE\.py\.\nIf no plugin is missing"):
        _ = Stored(tmp_path / "checkpoint", meta, {}).config


def test_a_file_brings_a_plugin(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text("called = []\ndef register():\n    called.append(1)\n")
    load_plugins([file])
    load_plugins([file])
    assert sys.modules.pop("mine").called == [1]


@pytest.mark.parametrize(
    ("name", "body", "message"),
    [
        ("none.py", None, "none.py: there is no such file"),
        ("mine.txt", "x = 1", "mine.txt: it is not a Python file"),
        ("empty.py", "x = 1", "empty.py: it has no function 'register'"),
        ("wrong.py", "def register(:", "wrong.py fails: SyntaxError"),
        ("fails.py", "def register():\n    raise KeyError('oh')", "fails.py fails: KeyError"),
    ],
)
def test_a_file_that_brings_none_is_named(tmp_path, name, body, message):
    file = tmp_path / name
    if body is not None:
        file.write_text(body)
    with pytest.raises(ConfigError, match=message):
        load_plugins([file])


def announce(folder, monkeypatch, name, body, group="spikeff.plugins"):
    """An installed package as pip leaves it."""
    (folder / f"{name}.py").write_text(body)
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[{group}]\n{name} = {name}:register\n")
    monkeypatch.setattr(sys, "path", [str(folder), *sys.path])


def test_announced_functions_are_called_once(tmp_path, monkeypatch):
    body = "called = []\ndef register():\n    called.append(1)\n"
    announce(tmp_path, monkeypatch, "told_once", body)
    load_plugins()
    load_plugins()
    assert np.sum(sys.modules["told_once"].called) == 1


def test_the_group_of_0_1_is_still_read(tmp_path, monkeypatch):
    body = "called = []\ndef register():\n    called.append(1)\n"
    announce(tmp_path, monkeypatch, "told_of_old", body, group="spikeff.extensions")
    load_plugins()
    assert sys.modules["told_of_old"].called == [1]


def test_a_broken_plugin_is_named(tmp_path, monkeypatch):
    announce(tmp_path, monkeypatch, "told_badly", "def register():\n    raise KeyError('oh')\n")
    with pytest.raises(ConfigError, match=r"'told_badly' \(told_badly:register\) fails: KeyError"):
        load_plugins()
