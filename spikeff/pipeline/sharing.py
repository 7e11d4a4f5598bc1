"""A training among several processes: one of them writes the run, the others keep theirs apart."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from spikeff.errors import ConfigError
from spikeff.learning.workers import Torchrun, workers_of_environment
from spikeff.training.trainer import Trainer


def share(trainer: Trainer, pipeline: bool) -> None:
    """Let the processes that ``torchrun`` started learn together; alone where it did not.

    Args:
        trainer: The same in all of them.
        pipeline: Whether each learns a layer; else they share the pieces of every batch.

    Raises:
        ConfigError: There is one process or one layer only for a pipeline, or what is learned
            cannot be shared.
    """
    if pipeline and len(trainer.network.stack) == 1:
        raise ConfigError("a pipeline takes two layers or more; leave it out for this network.")
    workers = workers_of_environment()
    if isinstance(workers, Torchrun) and pipeline:
        trainer.pipeline_layers(workers.rank, workers.size)
    elif isinstance(workers, Torchrun):
        trainer.share_batches(workers)
    elif pipeline:
        raise ConfigError(
            f"a pipeline of layers takes a process for each: start it as torchrun "
            f"--nproc-per-node {len(trainer.network.stack)} -m spikeff train --pipeline ..."
        )


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
