"""Lava for the parity tests: its models in this process, and its own runtime."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from hw_targets.lava import cpu, direct
from hw_targets.target import TargetRun


@dataclass(frozen=True)
class Lava:
    """Both take a network and inputs, and record u and v."""

    run_integer: Callable[..., TargetRun]
    run_float: Callable[..., TargetRun]


MODELS = Lava(direct.run_integer, direct.run_float)
RUNTIME = Lava(
    partial(cpu.run_integer, record_states=True), partial(cpu.run_float, record_states=True)
)


IN_RUNTIME = [pytest.mark.slow, pytest.mark.lava]


# A test whose network is run both ways: in the runtime as a user runs it, which starts processes,
# a second or more.
in_the_runtime_too = pytest.mark.parametrize(
    "lava",
    [pytest.param(MODELS, id="models"), pytest.param(RUNTIME, id="runtime", marks=IN_RUNTIME)],
)


@pytest.fixture
def lava() -> Lava:
    """Lava's arithmetic, fast; other tests hold its runtime to the same."""
    return MODELS


def once_in_the_runtime(cases: Iterable[Any], *quick: Any) -> list[Any]:
    """Pairs of case and ``lava``, for networks whose parts each run in the runtime elsewhere.

    Of the cases in process, all are slow but the ``quick`` ones; the last of these runs in the
    runtime too.
    """
    every = list(cases)
    marks = {case: () if case in quick else (pytest.mark.slow,) for case in every}
    pairs = [pytest.param(c, MODELS, id=f"{c}-models", marks=marks[c]) for c in every]
    chosen = quick[-1]
    return [*pairs, pytest.param(chosen, RUNTIME, id=f"{chosen}-runtime", marks=IN_RUNTIME)]
