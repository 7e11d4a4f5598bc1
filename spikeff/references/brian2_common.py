"""What our Brian2 models share: code generation, the order of a step, sources of spikes, records.

Every population has scheduling slots of its own, so that a spike reaches the next population
within the same step (Stimberg, Brette and Goodman 2019).
"""

from __future__ import annotations

import logging
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType
from typing import Any

import numpy as np

from spikeff.errors import UnknownNameError
from spikeff.extras import require_extra
from spikeff.ir.arrays import Array

PREFERENCES = "brian2.core.preferences"
CODE_GENERATION = ("numpy", "cython", "cpp_standalone")
# Without the default -ffast-math and fused operations, which round otherwise than NumPy.
EXACT_ARITHMETIC = ["-w", "-O1", "-ffp-contract=off", "-std=c++11"]
POPULATION_SLOTS = ("fade", "arrive", "heard", "integrate", "fire", "zero")
DEFAULT_SLOTS = ("groups", "thresholds", "synapses", "resets", "end")


def brian2() -> Any:
    """Import Brian2, without the hook that it puts on every uncaught exception of the program.

    A file ``brian_preferences`` in the working directory is not read.

    Raises:
        TargetUnavailableError: It is not installed.
    """
    hook, finder = sys.excepthook, _WithoutPreferenceFiles()
    sys.meta_path.insert(0, finder)
    try:
        package = require_extra("brian2")
        logging.getLogger("brian2").setLevel(logging.INFO)  # else it logs every analysis to a file
        return package
    finally:
        sys.meta_path.remove(finder)
        sys.excepthook = hook


class _PreferencesLoader(SourceFileLoader):
    """Brian2 evaluates preference files as Python code, also one of the working directory."""

    def exec_module(self, module: ModuleType) -> None:
        super().exec_module(module)
        module.BrianGlobalPreferences.load_preferences = lambda self: None


class _WithoutPreferenceFiles(MetaPathFinder):
    """Finds the module of Brian2 that reads preference files, and takes that from it."""

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> ModuleSpec | None:
        spec = PathFinder.find_spec(fullname, path) if fullname == PREFERENCES else None
        if spec is not None and spec.origin is not None:
            spec.loader = _PreferencesLoader(fullname, spec.origin)
        return spec


@contextmanager
def code_generation(target: str) -> Iterator[None]:
    """Run what is simulated inside in Brian2's "numpy", "cython" or "cpp_standalone".

    The last two need a C++ compiler. Records must be read before this ends.
    """
    if target not in CODE_GENERATION:
        raise UnknownNameError("code generation", target, CODE_GENERATION)
    b2 = brian2()
    prefs, standalone = b2.prefs, target == "cpp_standalone"
    preferences = {
        "codegen.target": "numpy" if standalone else target,
        "codegen.cpp.extra_compile_args_gcc": EXACT_ARITHMETIC,
        # Else Ctrl-C ends a simulation early, as if it were whole.
        "core.stop_on_keyboard_interrupt": False,
    }
    before = {name: prefs[name] for name in preferences}
    for name, value in preferences.items():
        prefs[name] = value
    try:
        if not standalone:
            yield
            return
        with tempfile.TemporaryDirectory(prefix="spikeff-brian2-") as folder:
            b2.set_device("cpp_standalone", directory=folder)
            try:
                yield
            finally:
                b2.device.reinit()
                b2.devices.reset_device()
    finally:
        for name, value in before.items():
            prefs[name] = value


def schedule(populations: int) -> list[str]:
    """Slots of a step in time order: per population fade, arrival, integration, spike, reset."""
    own = [f"{slot}_{k}" for k in range(populations) for slot in POPULATION_SLOTS]
    return ["start", "input", *own, *DEFAULT_SLOTS]


def spike_source(spikes: Array, period: int, clock: Any) -> Any:
    """A group that sends ``spikes``, bool (steps, samples, channels), a sample every ``period``."""
    b2 = brian2()
    sample, step, channel = np.nonzero(spikes.transpose(1, 0, 2))
    times = (sample * period + step) * clock.dt
    return b2.SpikeGeneratorGroup(
        spikes.shape[2], channel, times, clock=clock, when="input", sorted=True
    )


def has_synapses(connection: Any) -> bool:
    """Whether any weight is stored; Brian2 makes no synapses of none."""
    return len(connection.connectivity.stored(connection.weights)[0]) > 0


def run(objects: Sequence[Any], populations: int, steps: int, clock: Any) -> None:
    """Simulate ``objects`` for ``steps`` steps of ``clock``."""
    b2 = brian2()
    network = b2.Network(*objects)
    network.schedule = schedule(populations)
    # An empty namespace: Brian2 would otherwise look for names among the caller's variables.
    network.run(steps * clock.dt, report=None, namespace={})


def spike_record(monitor: Any, shape: tuple[int, int, int], period: int, clock: Any) -> Array:
    """Spikes of a monitor as bool ``shape`` = (steps, samples, neurons)."""
    spikes = np.zeros(shape, np.bool_)
    ticks = np.rint(np.asarray(monitor.t_) / float(clock.dt_)).astype(np.int64)
    spikes[ticks % period, ticks // period, np.asarray(monitor.i)] = True
    return spikes


def state_record(monitor: Any, variable: str, shape: tuple[int, int, int], period: int) -> Array:
    """A recorded variable, cut to the first steps of every sample: (steps, samples, neurons)."""
    steps, samples, neurons = shape
    record = np.asarray(getattr(monitor, variable)).T.reshape(samples, period, neurons)
    return np.ascontiguousarray(record[:, :steps].transpose(1, 0, 2))
