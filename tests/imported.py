"""What commands import and compile, done once in the process that ``tests.forked`` forks.

One thread does it: a fork has no other, and would wait for those of torch.
"""

import importlib

import torch

from spikeff.nn.neurons import lif

for name in (
    "brian2",
    "matplotlib.backends.backend_agg",
    "sklearn.datasets",
    "sklearn.model_selection",
    "spikeff.cli.main",
    "spikeff.pipeline.compile.export",
    "spikeff.pipeline.evaluate",
    "spikeff.pipeline.fidelity.check",
    "spikeff.pipeline.train",
):
    importlib.import_module(name)

lif.COMPILED_FROM, sizes = 0, lif.COMPILED_FROM
drive, constants = torch.zeros(1, 1, 1), lif.LIFConstants(0.01, 0.01, 1.0, 0.001, 1)
lif.lif_run(drive, constants)
lif.lif_run_with_surrogate(drive, constants, 1.0)
lif.COMPILED_FROM = sizes
