"""Norse in steps of dt against Brian2 with exact integration, on a network of low rates."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from benchmarks.experiments.measures import Where
from benchmarks.experiments.sweep import Case
from spikeff.pipeline.fidelity.dt_convergence import refinement_study
from tests.networks import calm_description, random_inputs


def measure(case: Case, seed: int, where: Where) -> dict[str, Any]:
    """Settings: ``factor``, steps per ms; ``finest`` of the reference; ``samples``."""
    description, wanted = calm_description(), case.settings
    inputs = random_inputs(np.random.default_rng(4), description.steps, wanted["samples"])
    (point,) = refinement_study(description, inputs, (wanted["factor"],), wanted["finest"])
    return asdict(point)
