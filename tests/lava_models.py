"""Lava's own models, run one after the other in this process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from hw_targets.lava import cpu, direct
from hw_targets.target import TargetRun


def without_runtime(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take them where the program would start Lava's runtime."""
    monkeypatch.setattr(cpu, "run_integer", _as("lava", direct.run_integer))
    monkeypatch.setattr(cpu, "run_float", _as("lava-float", direct.run_float))


def _as(simulator: str, run: Callable[..., TargetRun]) -> Callable[..., TargetRun]:
    def called(network: Any, inputs: Any, record_states: Any = False) -> TargetRun:
        ran = run(network, inputs)
        return replace(ran, trace=replace(ran.trace, simulator=simulator))

    return called
