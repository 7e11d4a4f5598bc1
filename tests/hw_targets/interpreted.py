"""The emulator's compiled loops as the Python functions that they are compiled from."""

from __future__ import annotations

from types import ModuleType

import pytest

from hw_targets.emulator import choice, compiled, compiled_kernels, spike_changes
from hw_targets.emulator.stage import stages_of
from lava_export.integers.network import IntegerNetwork

LOOPS: tuple[ModuleType, ...] = (spike_changes, compiled_kernels)


def interpret(patch: pytest.MonkeyPatch) -> None:
    """Run every network that they take through them, uncompiled, and none by the NumPy witness."""
    for module in LOOPS:
        for name, found in list(vars(module).items()):
            if hasattr(found, "py_func"):
                patch.setattr(module, name, found.py_func)
    patch.setattr(choice, "COMPILED_FROM", 0)


def taken(network: IntegerNetwork) -> bool:
    """Whether the compiled loops take it."""
    return compiled.prepared(stages_of(network), network) is not None
