"""Rounding, scales, headroom, blanking, gates and the choice on data."""

from __future__ import annotations

import ast

from tests.mutations.changes import argument, called, compared, expression, term_dropped
from tests.mutations.mutation import Mutation

ROUNDING, SCALING = "lava_export.quantize.rounding:", "lava_export.quantize.scaling:"
GRID, HEADROOM = "lava_export.quantize.weight_grid:", "lava_export.integers.headroom:"
CALIBRATION = "lava_export.quantize.calibration:"
CALIBRATED = "spikeff.pipeline.compile.calibrated:"

ROUNDED = "tests/lava_export/test_rounding.py"
QUANTISED = "tests/lava_export/test_quantize.py"
CHOSEN = "tests/lava_export/test_calibration.py -k not data_choose"

MUTATIONS = (
    Mutation("biases are floored", ROUNDING + "_bias", called("np.rint", "np.floor"), ROUNDED),
    Mutation(
        "biases one exponent too coarse",
        ROUNDING + "_bias",
        expression("range(limits.BIAS_EXP_MAX + 1)", "range(1, limits.BIAS_EXP_MAX + 1)"),
        ROUNDED,
    ),
    Mutation("thresholds are cut", ROUNDING + "_population", called("round", "int"), ROUNDED),
    Mutation(
        "thresholds ignore what calibration chose",
        ROUNDING + "_population",
        expression("scaling.threshold * scale", "scale"),
        ROUNDED,
    ),
    Mutation("weights are floored", GRID + "to_grid", called("np.rint", "np.floor"), QUANTISED),
    Mutation(
        "weights beyond the grid wrap",
        GRID + "to_grid",
        called("np.clip", "(lambda units, low, high, out: None)"),
        QUANTISED,
    ),
    Mutation(
        "inhibition is rounded down",
        ROUNDING + "quantize_inhibition",
        called("np.ceil", "np.floor"),
        ROUNDED,
    ),
    Mutation(
        "du without Lava's + 1",
        SCALING + "nearest_decay",
        term_dropped("offset"),
        QUANTISED + " -k constants",
    ),
    Mutation(
        "the current's register may be passed",
        SCALING + "scale_ceiling",
        expression("limits.STATE_MAX / (shift * worst) * FILL if worst else math.inf", "math.inf"),
        QUANTISED + " -k worst or room or never",
    ),
    Mutation(
        "rounding up makes no room",
        SCALING + "with_room",
        expression("range(ATTEMPTS)", "range(0)"),
        QUANTISED + " -k rounding_up",
    ),
    Mutation(
        "headroom: the blanking line spikes once",
        HEADROOM + "most_spikes",
        expression("network.idle_steps", "1"),
        ROUNDED,
    ),
    Mutation(
        "headroom: labels spike once",
        HEADROOM + "most_spikes",
        expression("len(network.labels.steps)", "1"),
        ROUNDED,
    ),
    Mutation(
        "headroom: currents do not leak",
        HEADROOM + "_currents",
        expression("sums[most]", "most"),
        ROUNDED,
    ),
    Mutation(
        "headroom: weights without their exponent",
        HEADROOM + "_currents",
        expression("1 << c.weight_exp + limits.ACTIVATION_SHIFT", "1 << limits.ACTIVATION_SHIFT"),
        ROUNDED,
    ),
    Mutation(
        "the calibrated choice is always kept",
        CALIBRATED + "quantize_on",
        expression("calibrated if loss <= other_loss else by_weights", "calibrated"),
        ROUNDED,
    ),
    Mutation(
        "the choice is judged on what chose it",
        CALIBRATED + "quantize_on",
        argument("Reference", 1, "inputs[:, :half]"),
        ROUNDED,
    ),
    Mutation(
        "calibration keeps what is worse",
        CALIBRATION + "_best_of",
        compared("trial", ast.Lt, ast.Gt),
        CHOSEN,
    ),
    Mutation(
        "calibration only lowers thresholds",
        CALIBRATION + "_climb",
        expression("(1.0 + step, 1.0 / (1.0 + step))", "(1.0 / (1.0 + step),)"),
        CHOSEN,
    ),
    Mutation(
        "calibration tries the nearest decay alone",
        CALIBRATION + "_decays",
        expression("DECAY_ERROR * value", "value"),
        CHOSEN,
    ),
    Mutation(
        "idle steps are the shortest delay",
        "lava_export.quantize.blanking:with_blanking",
        called("max", "min"),
        "tests/parity/test_streaming.py -k idle_steps",
    ),
    Mutation(
        "a budget lets one spike more pass",
        "lava_export.quantize.budgets:quantize_counter",
        expression("counter.v_th - 0.5", "counter.v_th + 0.5"),
        "tests/lava_export/test_budget_integers.py -k budget_passes",
    ),
    Mutation(
        "a gate's count does not leak",
        "lava_export.quantize.gates:_threshold",
        expression("KEPT", "1.0"),
        "tests/lava_export/test_gate_integers.py -k exact",
    ),
)
