"""Accuracy after quantisation at several widths, with a naive converter beside ours.

The naive converter scales each population so that its largest weight meets the end of the grid, and
rounds weights, threshold and decays to nearest: no search, no exponents, no data.
"""

from __future__ import annotations

from typing import Any

from benchmarks.experiments.measures import Where
from benchmarks.experiments.measures.pipeline import trained
from benchmarks.experiments.sweep import Case
from lava_export.integers.network import IntegerNetwork
from lava_export.integers.quantization import Scaling
from lava_export.quantize.blanking import with_blanking
from lava_export.quantize.quantize import default_scalings, quantize
from lava_export.quantize.request import incoming_by_role
from lava_export.quantize.scaling import candidate_scales, scale_ceiling
from spikeff.data.registry import load_split
from spikeff.errors import LimitError
from spikeff.ir.network import NetworkDescription
from spikeff.lowering import describe
from spikeff.pipeline import silent
from spikeff.pipeline.compile.calibrated import calibration_inputs, quantize_on
from spikeff.pipeline.run.parts import run_network
from spikeff.training.checkpoint import load_model
from spikeff.training.evaluation import evaluate


def naive(description: NetworkDescription, bits: int) -> IntegerNetwork:
    """Weights by their maximum, parameters rounded."""
    streamed = with_blanking(description)
    scalings = {}
    for p in streamed.populations:
        learned, brakes = incoming_by_role(streamed, p)
        plain = default_scalings(description, bits)[p.name]
        ceiling, _ = scale_ceiling(streamed, p, brakes)
        by_maximum = candidate_scales(learned, bits)[0]
        scalings[p.name] = Scaling(min(by_maximum, ceiling), plain.du, plain.dv)
    return quantize(description, bits, scalings)


def measure(case: Case, seed: int, where: Where) -> dict[str, Any]:
    """Settings: ``bits``, the widths tried, and ``samples`` of the test split."""
    run, _ = trained(case, seed, where)
    model = load_model(run)
    description = describe(model)
    split = load_split(description.dataset, "test", where.data).head(case.settings.get("samples"))
    inputs = calibration_inputs(description, where.data)
    converters = {
        "naive": naive,
        "by weights": quantize,
        "calibrated": lambda described, bits: quantize_on(described, bits, inputs)[0],
    }
    found: dict[str, Any] = {name: {} for name in converters}
    for name, convert in converters.items():
        for bits in case.settings["bits"]:
            try:
                outcome = run_network(convert(description, bits), "emulator", split, silent)
                found[name][str(bits)] = outcome.right / len(split)
            except LimitError:
                found[name][str(bits)] = None  # refused
    return found | {"float": evaluate(model, split).accuracy}
