"""Processes that share every batch end with the bits of one process alone."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
import torch

import spikeff
from spikeff.data.arrays import write_split
from spikeff.errors import ConfigError
from spikeff.learning import microbatch
from spikeff.learning.workers import ALONE, Torchrun, workers_of_environment
from tests.forked import FORKS

CONFIG = """
preset = "digits"
data.dataset = "arrays"
network.layers = [20, 20]
network.layer_defaults.column_size = 10
schedule.epochs = 2
schedule.batch_size = 9
"""


BACKPROP = {"layers": [20], "learning_rule": "backprop", "objective": "readout"}


def _train(rank: int, size: int, port: int, folder: str, epochs: int, resume: bool) -> None:
    os.environ |= {
        "RANK": str(rank),
        "WORLD_SIZE": str(size),
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
        "OMP_NUM_THREADS": "1",
    }
    microbatch.PIECE_ROWS = 32  # two samples, so that a batch is five pieces
    few = Path(folder)
    how = {"resume": True} if resume else {"config": few / "c.toml"}
    spikeff.train(few / f"of{size}", data=few, epochs=epochs, **how)


def trained(folder: Path, size: int, epochs: int, resume: bool = False) -> bytes:
    """The checkpoint that ``size`` processes wrote."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    arguments = [(rank, size, port, str(folder), epochs, resume) for rank in range(size)]
    processes = [FORKS.Process(target=_train, args=each) for each in arguments]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0] * size
    return (folder / f"of{size}" / "checkpoint.safetensors").read_bytes()


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
