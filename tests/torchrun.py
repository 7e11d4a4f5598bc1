"""Trainings in several processes, as torchrun starts them."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

import spikeff
from spikeff.learning import microbatch
from tests.forked import FORKS


def _train(rank: int, size: int, port: int, out: Path, how: dict[str, Any]) -> None:
    os.environ |= {
        "RANK": str(rank),
        "WORLD_SIZE": str(size),
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
        "OMP_NUM_THREADS": "1",
    }
    microbatch.PIECE_ROWS = 32  # a few samples, so that a batch is several pieces
    spikeff.train(out, **how)


def torchrun(size: int, out: Path, **how: Any) -> None:
    """``spikeff.train(out, ...)`` in ``size`` processes."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    processes = [
        FORKS.Process(target=_train, args=(rank, size, port, out, how)) for rank in range(size)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(300)
    assert [process.exitcode for process in processes] == [0] * size
