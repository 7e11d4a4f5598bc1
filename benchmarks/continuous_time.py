"""The discrete network against continuous time: `python -m benchmarks.continuous_time`.

Writes docs/results/continuous_time.json and docs/results/continuous_time.md.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np

from spikeff.ir.io.sealed import write_bytes_whole
from spikeff.pipeline.fidelity.dt_convergence import RefinementPoint, refinement_study
from spikeff.provenance import package_versions
from tests.parity.random_networks import calm_description, random_inputs

RESULTS = Path(__file__).parent.parent / "docs" / "results"
FACTORS, FINEST, SAMPLES = (1, 2, 4, 8, 16), 64, 8


def order(points: list[RefinementPoint], name: str) -> float:
    """Slope of log error over log dt."""
    errors = [getattr(point, name) for point in points]
    return float(np.polyfit(np.log([p.dt for p in points]), np.log(errors), 1)[0])


def markdown(points: list[RefinementPoint], neurons: int, steps: int) -> str:
    """The table, with both orders of convergence."""
    lines = [
        "# The discrete network against continuous time",
        "",
        "Made by `python -m benchmarks.continuous_time`: Norse in steps of dt against Brian2 with",
        f"exact integration in steps of 1/{FINEST} ms; {neurons} neurons in two populations,",
        f"{SAMPLES} samples of {steps} ms, rates far below one spike per step.",
        "",
        "| dt, ms | van Rossum distance | error of first spikes, ms | trains that only one has |",
        "|---|---|---|---|",
        *(
            f"| {1000 * p.dt:g} | {p.van_rossum:.3f} | {1000 * p.first_spike_error:.3f} "
            f"| {p.missed} |"
            for p in points
        ),
        "",
        f"Slope over dt: {order(points, 'van_rossum'):.2f} for the van Rossum distance, where 1/2",
        f"is that of a shift in proportion to dt; {order(points, 'first_spike_error'):.2f} for",
        "first spikes.",
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure and write both files."""
    description = calm_description()
    inputs = random_inputs(np.random.default_rng(4), description.steps, SAMPLES)
    points = refinement_study(description, inputs, FACTORS, FINEST)
    neurons = sum(p.size for p in description.populations)
    table = {"versions": package_versions(), "points": [asdict(p) for p in points]}
    text = markdown(points, neurons, description.steps)
    write_bytes_whole(
        RESULTS / "continuous_time.json", (json.dumps(table, indent=2) + "\n").encode()
    )
    write_bytes_whole(RESULTS / "continuous_time.md", text.encode())


if __name__ == "__main__":
    main()
