"""A training among several processes: one of them writes the run, the others keep theirs apart."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from spikeff.learning.workers import Torchrun, workers_of_environment


@contextmanager
def worker_folder(out: Path, resume: bool) -> Iterator[Path]:
    """Where this process trains: ``out`` in the first one, else a folder that goes at the end.

    Args:
        out: The run directory.
        resume: Whether the run in ``out`` goes on, of which every process then has a copy.
    """
    workers = workers_of_environment()
    if not isinstance(workers, Torchrun):
        yield out
        return
    with TemporaryDirectory() as apart:
        folder = out if workers.rank == 0 else Path(apart) / "run"
        if resume and workers.rank > 0 and out.exists():
            shutil.copytree(out, folder)
        # The first process writes once the others have read.
        torch.distributed.barrier()
        yield folder
