"""spikeff: spiking Forward-Forward learning whose goodness is agreement in time.

:func:`train` learns from arrays, torch data sets or files and returns a model that predicts,
evaluates and exports; :func:`load` reads such a model from a run, a network file or the zoo. The
other commands of the console script are functions of the same names, from files to files:
:func:`eval`, :func:`check`, :func:`export`, :func:`run`, :func:`capacity`, :func:`energy`,
:func:`report`, :func:`sample`, :func:`tune`, :func:`targets`. :class:`FFLayer` is a layer for one's
own torch modules. All are imported when first used, so that ``import spikeff`` stays light.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # what type checkers know the functions by; see _API
    from spikeff.learning.ff_layer import FFLayer
    from spikeff.models.load import load
    from spikeff.models.train import train
    from spikeff.pipeline.board_job.bundle import bundle
    from spikeff.pipeline.capacity import capacity
    from spikeff.pipeline.compile.export import export
    from spikeff.pipeline.compile.netx import from_netx
    from spikeff.pipeline.compile.nir import from_nir, to_nir
    from spikeff.pipeline.energy.estimate import energy
    from spikeff.pipeline.evaluate import evaluate_run as eval
    from spikeff.pipeline.fidelity.check import check
    from spikeff.pipeline.report.report import report
    from spikeff.pipeline.run.run import run
    from spikeff.pipeline.run.targets import targets
    from spikeff.pipeline.sample import sample
    from spikeff.pipeline.search.tune import tune

__version__ = "0.1.0"

_API = {
    "FFLayer": ("spikeff.learning.ff_layer", "FFLayer"),
    "train": ("spikeff.models.train", "train"),
    "load": ("spikeff.models.load", "load"),
    "eval": ("spikeff.pipeline.evaluate", "evaluate_run"),
    "check": ("spikeff.pipeline.fidelity.check", "check"),
    "export": ("spikeff.pipeline.compile.export", "export"),
    "run": ("spikeff.pipeline.run.run", "run"),
    "capacity": ("spikeff.pipeline.capacity", "capacity"),
    "energy": ("spikeff.pipeline.energy.estimate", "energy"),
    "to_nir": ("spikeff.pipeline.compile.nir", "to_nir"),
    "from_netx": ("spikeff.pipeline.compile.netx", "from_netx"),
    "from_nir": ("spikeff.pipeline.compile.nir", "from_nir"),
    "bundle": ("spikeff.pipeline.board_job.bundle", "bundle"),
    "report": ("spikeff.pipeline.report.report", "report"),
    "sample": ("spikeff.pipeline.sample", "sample"),
    "tune": ("spikeff.pipeline.search.tune", "tune"),
    "targets": ("spikeff.pipeline.run.targets", "targets"),
}

__all__ = [
    "FFLayer",
    "bundle",
    "capacity",
    "check",
    "energy",
    "eval",
    "export",
    "from_netx",
    "from_nir",
    "load",
    "report",
    "run",
    "sample",
    "targets",
    "to_nir",
    "train",
    "tune",
]


def __getattr__(name: str) -> Any:
    if name not in _API:
        raise AttributeError(f"module 'spikeff' has no attribute {name!r}")
    module, function = _API[name]
    return getattr(import_module(module), function)


def __dir__() -> list[str]:
    return [*globals(), *__all__]
