"""Weights from the ideal model of a device, on devices that are not as the model says."""

from __future__ import annotations

from statistics import fmean, pstdev
from typing import Any

from benchmarks.experiments.measures import Where
from benchmarks.experiments.measures.network import splits, trained
from benchmarks.experiments.sweep import Case
from lava_export.quantize.quantize import quantize
from spikeff.lowering import describe
from spikeff.pipeline.run.run import run_split


def measure(case: Case, seed: int, where: Where) -> dict[str, Any]:
    """Settings: ``devices``, how many; ``device``, what they are like."""
    config = case.config(seed)
    train, test = splits(case, config, where)
    network = quantize(describe(trained(case, config, train).model), 8)
    found = [
        run_split(network, test, "device", device={**case.settings["device"], "seed": k}).accuracy
        for k in range(case.settings["devices"])
    ]
    ideal = run_split(network, test).accuracy
    return {
        "ideal": ideal,
        "devices": found,
        "mean": fmean(found),
        "spread": pstdev(found),
        "least": min(found),
        "lost": ideal - fmean(found),
    }
