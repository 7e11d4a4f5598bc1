"""One small plugin package adds one of each kind from outside, and every command takes them."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import spikeff
from hw_targets.emulator import run as emulator
from hw_targets.lava import direct as lava_direct
from lava_export.quantize.quantize import quantize
from spikeff.errors import DescriptionError
from spikeff.ir.connectivity import Connection
from spikeff.ir.io.description import load_description, save_description
from spikeff.ir.trace import compare_traces
from spikeff.lowering import describe
from spikeff.plugins import load_plugins
from spikeff.references import brian2, norse
from spikeff.training.checkpoint import load_model, load_trainer
from tests.registries import registries_kept

pytestmark = pytest.mark.slow

PACKAGE = Path(__file__).parent / "plugin_package"
CONFIG = """preset = "digits"
seed = 3
[data]
dataset = "three-digits"
encoder = "all_at_once"
[network]
layers = [60]
[network.layer_defaults]
column_size = 10
goodness = "squared_counts"
{neuron}
[objective]
kind = "margin"
margin = 3.0
[learning.rule]
kind = "counting"
gain = 2.0
[negatives]
kind = "next-label"
[schedule]
epochs = 4
batch_size = 32
"""


@pytest.fixture(scope="module")
def plugin() -> Any:
    with registries_kept():
        load_plugins([PACKAGE / "one_of_each.py"])
        yield sys.modules["one_of_each"]
    del sys.modules["one_of_each"]


@pytest.fixture(scope="module")
def run(plugin: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("plugin")
    (folder / "config.toml").write_text(CONFIG.format(neuron=""))
    spikeff.train(folder / "run", config=folder / "config.toml")
    return folder / "run"


def test_it_learns_by_kinds_from_outside(plugin: Any, run: Path) -> None:
    assert spikeff.eval(run).accuracy > 0.8
    assert {"goodness", "encoder", "dataset", "objective", "rule", "negatives"} <= plugin.used
    trainer = load_trainer(run, None, torch.device("cpu"))
    assert trainer.rule.state()["batches"] == 4 * trainer.batches


def test_it_goes_to_a_target_and_a_cost_table_from_outside(plugin: Any, run: Path) -> None:
    file = run.parent / "integers"
    spikeff.export(run, out=file)
    result = spikeff.run(file, target="twin", samples=20)
    assert result.identical_to_emulator
    assert "target" in plugin.used
    energy = spikeff.energy(file, samples=5, tables=["board9"])
    assert energy.main.table == "board9"


def test_a_neuron_from_outside_learns_and_is_not_described(plugin: Any, tmp_path: Path) -> None:
    neuron = '[network.layer_defaults.neuron]\nkind = "leaky"\nkept = 0.7'
    (tmp_path / "config.toml").write_text(CONFIG.format(neuron=neuron))
    spikeff.train(tmp_path / "run", config=tmp_path / "config.toml")
    assert "neuron" in plugin.used
    assert spikeff.eval(tmp_path / "run").accuracy > 0.7
    with pytest.raises(DescriptionError, match="neurons 'Leaky'"):
        spikeff.export(tmp_path / "run", out=tmp_path / "integers")


def test_a_connectivity_from_outside_runs_everywhere(
    plugin: Any, run: Path, tmp_path: Path
) -> None:
    network = describe(load_model(run))
    layer = network.populations[0]
    ring = Connection(layer.name, layer.name, plugin.Ring(layer.size), [-0.2, -0.1], delay=1)
    save_description(tmp_path / "d", replace(network, connections=(*network.connections, ring)))
    network = load_description(tmp_path / "d")
    rng = np.random.default_rng(0)
    spikes = rng.random((network.steps, 3, network.input_size)) < 0.1
    floats = norse.run(network, spikes)
    assert floats.spikes[layer.name].any()
    assert compare_traces(floats, brian2.run(network, spikes)).equal
    integers = quantize(network, 8)
    ours = emulator.run(integers, spikes, record_states=True).trace
    assert compare_traces(ours, lava_direct.run_integer(integers, spikes).trace).equal


@pytest.mark.slow
def test_an_installed_package_is_found_by_every_process(tmp_path: Path) -> None:
    for file in PACKAGE.iterdir():
        if file.is_file() and file.name != "__init__.py":
            (tmp_path / file.name).write_bytes(file.read_bytes())
    info = tmp_path / "one_of_each-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: one-of-each\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[spikeff.plugins]\none-of-each = one_of_each:register\n"
    )
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); sys.argv = ['spikeff', 'targets']; "
    code += "from spikeff.cli.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert "twin" in done.stdout + done.stderr  # tables for people go to stderr
