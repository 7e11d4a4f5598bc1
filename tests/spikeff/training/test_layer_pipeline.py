"""Layers in processes of their own end with the bits of one process alone."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from spikeff.data.arrays import write_split
from spikeff.errors import ConfigError
from spikeff.learning.layer_pipeline import LayerPipeline
from spikeff.learning.record import BatchRecord
from spikeff.pipeline.train import train
from spikeff.training.run_folder import CHECKPOINT
from tests.torchrun import torchrun

COLUMNS = """
preset = "digits-columns"
data.dataset = "arrays"
network.layers = [20, 40]
network.layer_defaults.column_size = 2
schedule.epochs = 2
schedule.batch_size = 9
learning.balanced = true
validation.share = 0.2
data.shift = 1
"""
HYBRIDS = """
preset = "mnist-hybrid"
data.dataset = "arrays"
network.layers = [20, 20, 10]
network.layer_defaults.column_size = 10
network.spike_budget = 4
schedule.epochs = 1
schedule.batch_size = 9
objective = "threshold"
negatives.phase_batches = 2
"""


def checkpoint(folder: Path, size: int, **how) -> bytes:
    """What ``size`` processes wrote, each with a layer where there are several."""
    out = folder / f"of{size}"
    torchrun(size, out, data=folder, pipeline=size > 1, **how)
    return (out / CHECKPOINT).read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize(("text", "layers"), [(COLUMNS, 2), (HYBRIDS, 3)])
def test_layers_apart_end_with_the_bits_of_one_process(
    tmp_path, small_digits, text: str, layers: int
) -> None:
    write_split(tmp_path / "train.npz", small_digits.head(60))
    (tmp_path / "c.toml").write_text(text)
    how = {"config": tmp_path / "c.toml", "save_every": 2}
    assert checkpoint(tmp_path, layers, **how) == checkpoint(tmp_path, 1, **how)


@pytest.mark.parametrize(
    ("preset", "fields", "size", "message"),
    [
        ("digits", {}, 2, r"negatives HardLabels .* use class columns"),
        ("digits-columns", {}, 3, r"3 processes for 2 layers.*--nproc-per-node 2"),
        ("digits-columns", {"learning_rule": "backprop"}, 2, "needs a local rule"),
        ("digits-columns", {"black_box": "drifting"}, 2, "without a black box"),
    ],
)
def test_layers_that_wait_for_each_other_are_refused(
    small_config, make_trainer, preset, fields, size, message
) -> None:
    layers = {"layers": [20, 20], "column_size": 2}
    trainer = make_trainer(small_config(preset, **(layers | fields)))
    with pytest.raises(ConfigError, match=message):
        trainer.pipeline_layers(0, size)


def test_a_pipeline_is_for_several_processes_on_the_cpu(
    tmp_path, few, monkeypatch, small_config, make_trainer
) -> None:
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    with pytest.raises(ConfigError, match="two layers or more; leave it out"):
        train(tmp_path / "run", config=few / "c.toml", data=few, pipeline=True)
    deeper = (few / "c.toml").read_text().replace("[20]", "[20, 20]")
    (few / "c.toml").write_text(deeper)
    with pytest.raises(ConfigError, match=r"torchrun --nproc-per-node 2"):
        train(tmp_path / "run", config=few / "c.toml", data=few, pipeline=True)
    assert not (tmp_path / "run" / CHECKPOINT).exists()
    trainer = make_trainer(small_config("digits-columns", layers=[20, 20], column_size=2))
    trainer.device = torch.device("cuda:0")
    with pytest.raises(ConfigError, match=r"device 'cuda:0'.*pass --device cpu"):
        trainer.pipeline_layers(0, 2)


def test_records_of_layers_become_one() -> None:
    lower = BatchRecord(0, [1.0], [], [0.5], [2.0], [3.0])
    upper = BatchRecord(7, [4.0], [], [0.25], [5.0], [6.0])
    expected = BatchRecord(7, [1.0, 4.0], [], [0.5, 0.25], [2.0, 5.0], [3.0, 6.0])
    assert BatchRecord.of_layers([lower, upper]) == expected


def test_each_process_has_the_layer_of_its_number(small_config, make_trainer) -> None:
    trainer = make_trainer(small_config("digits-columns", layers=[20, 20], column_size=2))
    pipelines = [LayerPipeline.of(trainer._step, rank, 2) for rank in range(2)]
    assert [(each.depth, each.last) for each in pipelines] == [(0, 1), (1, 1)]
