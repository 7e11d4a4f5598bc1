"""spikeff: spiking Forward-Forward learning whose goodness is agreement in time.

The commands of the console script are functions of the same names here: :func:`train`,
:func:`eval`, :func:`check`, :func:`export`, :func:`run`, :func:`energy`, :func:`report`,
:func:`tune`, :func:`targets`. They are imported when first used, so that ``import spikeff`` stays
light.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_API = {
    "train": ("spikeff.pipeline.train", "train"),
    "eval": ("spikeff.pipeline.evaluate", "evaluate_run"),
    "check": ("spikeff.pipeline.check", "check"),
    "export": ("spikeff.pipeline.export", "export"),
    "run": ("spikeff.pipeline.run", "run"),
    "energy": ("spikeff.pipeline.energy", "energy"),
    "to_nir": ("spikeff.pipeline.nir", "to_nir"),
    "from_nir": ("spikeff.pipeline.nir", "from_nir"),
    "bundle": ("spikeff.pipeline.bundle", "bundle"),
    "report": ("spikeff.pipeline.report", "report"),
    "tune": ("spikeff.pipeline.tune", "tune"),
    "targets": ("spikeff.pipeline.targets", "targets"),
}

__all__ = sorted(_API)


def __getattr__(name: str) -> Any:
    if name not in _API:
        raise AttributeError(f"module 'spikeff' has no attribute {name!r}")
    module, function = _API[name]
    return getattr(import_module(module), function)


def __dir__() -> list[str]:
    return [*globals(), *__all__]
