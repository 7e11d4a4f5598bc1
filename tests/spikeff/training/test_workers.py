"""Processes that share every batch end with the bits of one process alone."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from spikeff.data.arrays import write_split
from spikeff.errors import ConfigError
from spikeff.learning.workers import ALONE, Torchrun, workers_of_environment
from tests.torchrun import torchrun

CONFIG = """
preset = "digits"
data.dataset = "arrays"
network.layers = [20, 20]
network.layer_defaults.column_size = 10
schedule.epochs = 2
schedule.batch_size = 9
"""


BACKPROP = {"layers": [20], "learning_rule": "backprop", "objective": "readout"}


def trained(folder: Path, size: int, epochs: int, resume: bool = False) -> bytes:
    """The checkpoint that ``size`` processes wrote."""
    how = {"resume": True} if resume else {"config": folder / "c.toml"}
    out = folder / f"of{size}"
    torchrun(size, out, data=folder, epochs=epochs, **how)
    return (out / "checkpoint.safetensors").read_bytes()


@pytest.mark.slow
def test_two_processes_end_with_the_bits_of_one(tmp_path, small_digits) -> None:
    """Also where they go on from their checkpoint, with fewer epochs planned at first."""
    write_split(tmp_path / "train.npz", small_digits.head(40))
    write_split(tmp_path / "test.npz", small_digits.take(slice(40, 60)))
    (tmp_path / "c.toml").write_text(CONFIG)
    assert trained(tmp_path, 2, 1) == trained(tmp_path, 1, 1)
    assert trained(tmp_path, 2, 2, resume=True) == trained(tmp_path, 1, 2, resume=True)


@pytest.mark.parametrize("count", [1, 2, 5, 8])
@pytest.mark.parametrize("size", [2, 3, 7])
def test_every_piece_is_one_processs(count: int, size: int) -> None:
    pieces = [slice(k, k + 1) for k in range(count)]
    shares = [Torchrun(rank, size).own(pieces) for rank in range(size)]
    assert [piece for share in shares for piece in share] == pieces
    assert max(map(len, shares)) - min(map(len, shares)) <= 1
    assert shares[0]


def test_one_process_is_alone(monkeypatch) -> None:
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    assert workers_of_environment() is ALONE


def test_what_keeps_a_state_between_pieces_is_not_shared(small_config, make_trainer) -> None:
    trainer = make_trainer(small_config(**BACKPROP))
    with pytest.raises(ConfigError, match=r"learning\.rule = 'backprop'.*train in one process"):
        trainer.share_batches(Torchrun(0, 2))


def test_batches_are_shared_on_the_cpu_alone(small_config, make_trainer) -> None:
    trainer = make_trainer(small_config())
    trainer.share_batches(Torchrun(0, 2))
    trainer.device = torch.device("cuda:0")
    with pytest.raises(ConfigError, match=r"device 'cuda:0'.*pass --device cpu"):
        trainer.share_batches(Torchrun(0, 2))
