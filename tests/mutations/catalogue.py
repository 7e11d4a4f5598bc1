"""One line of a model broken at a time: what each would do, and which tests must see it.

`python -m benchmarks.mutations` applies them one by one and runs the tests.
"""

from __future__ import annotations

from dataclasses import dataclass

LIF, SYNAPSES = "hw_targets/emulator/lif.py", "hw_targets/emulator/synapses.py"
EMULATOR, PRELUDE = "hw_targets/emulator/run.py", "hw_targets/emulator/warm_up.py"
PRODUCT, INPUT_DRIVE = "hw_targets/emulator/spike_product.py", "hw_targets/emulator/input_drive.py"
RESET = "np.copyto(v, 0.0, where=spikes)"
GRAPH, TIMING = "lava_export/lava/graph.py", "lava_export/integers/timing.py"
PROCESS = "lava_export/lava/synapses/process.py"
CONV = "lava_export/lava/synapses/conv2d.py"
WITNESS, FLOAT = "spikeff/references/brian2_integers.py", "spikeff/references/brian2.py"
RANDOM = "tests/parity/test_random_integers.py -k two_hundred"
CORNERS = "tests/parity/test_integer_parity.py -k exactly_at_the or beyond_32_bits"
REFUSALS = (
    "tests/parity/test_random_integers.py tests/parity/test_integer_parity.py "
    "-k before_the_first or lingering"
)
BRIAN2 = "tests/parity/test_brian2_integers.py -k share_no_arithmetic"
FLOATS = "tests/parity/test_float_parity.py -k decaying"
FAST = "tests/hw_targets/test_emulator_paths.py"
WIDTHS = "tests/hw_targets/test_synapses.py"


@dataclass(frozen=True)
class Mutation:
    """``old``, once in ``file``, becomes ``new``; ``tests`` are pytest arguments."""

    what: str
    file: str
    old: str
    new: str
    tests: str = RANDOM


MUTATIONS = (
    Mutation("du without its + 1", LIF, "- population.du - DS_OFFSET)", "- population.du)"),
    Mutation("dv with a + 1 too", LIF, "- population.dv)", "- population.dv - DS_OFFSET)"),
    Mutation("spike at v >= threshold", LIF, "np.greater(v,", "np.greater_equal(v,", CORNERS),
    Mutation("u is reset as well", LIF, RESET, f"{RESET}; u[spikes] = 0"),
    Mutation("v is not reset", LIF, RESET, "pass"),
    Mutation("reset by subtraction", LIF, RESET, "v -= spikes * self.threshold"),
    Mutation("u decays towards -inf", LIF, "np.trunc(u, out=u)", "np.floor(u, out=u)"),
    Mutation("v decays towards -inf", LIF, "np.trunc(v, out=v)", "np.floor(v, out=v)"),
    Mutation("u decays unrounded", LIF, "np.trunc(u, out=u)", "pass"),
    Mutation("u is clipped, not wrapped", LIF, "u[high] -= 2 * STATE_MAX", "u[high] = STATE_MAX"),
    Mutation(
        "u wraps at 2^23 already",
        LIF,
        "high, low = u > STATE_MAX, u",
        "high, low = u >= STATE_MAX, u",
        CORNERS,
    ),
    Mutation("u may keep -2^23", LIF, ", u <= -STATE_MAX\n", ", u < -STATE_MAX\n", CORNERS),
    Mutation("u never wraps", LIF, "folds=worst_u >= STATE_MAX", "folds=False"),
    Mutation(
        "u does not overflow int32",
        LIF,
        "overflows=worst_u >= INT32_MAX",
        "overflows=False",
        CORNERS,
    ),
    Mutation("v is not clipped", LIF, "clips=worst_v >= STATE_MAX", "clips=False"),
    Mutation(
        "v is clipped one lower", LIF, "np.clip(v, -(STATE_MAX - 1),", "np.clip(v, -STATE_MAX,"
    ),
    Mutation(
        "bias without its exponent", LIF, "np.float64), population.bias_exp", "np.float64), 0"
    ),
    Mutation("bias ignored", LIF, "has_bias=bool(bias.any())", "has_bias=False"),
    Mutation("threshold without << 6", LIF, "population.vth << VTH_SHIFT", "population.vth"),
    Mutation("input without << 6", SYNAPSES, "+ ACTIVATION_SHIFT)\n", ")\n"),
    Mutation("always float32 sums", SYNAPSES, "else np.float64", "else np.float32", WIDTHS),
    Mutation(
        "few spikes are lost",
        PRODUCT,
        "if few(len(places), spikes.size):\n",
        "if len(places) < 2:\n        return None\n    if few(len(places), spikes.size):\n",
    ),
    Mutation("delays ignored", EMULATOR, "drive(u, step - synapse.delay)", "drive(u, step)"),
    Mutation(
        "a change starts from silence", INPUT_DRIVE, "if before is not None:", "if False:", FAST
    ),
    Mutation(
        "stopped spikes still drive", INPUT_DRIVE, "[places], 1, -1)", "[places], 1, 0)", FAST
    ),
    Mutation(
        "trains of other presentations",
        INPUT_DRIVE,
        "drive.take(self._owner,",
        "drive.take(self._owner * 0,",
        FAST,
    ),
    Mutation("u does not decay", EMULATOR, "decay_current(u)", "fold_current(u)"),
    Mutation(
        "lingering spikes pass",
        EMULATOR,
        "    _require_no_lingering(network, spikes)\n",
        "",
        REFUSALS,
    ),
    Mutation("what came before passes", PRELUDE, "if late.any():", "if False:", REFUSALS),
    Mutation(
        "Lava resets a step late", GRAPH, "timing.start(name) %", "(timing.start(name) + 1) %"
    ),
    Mutation("Lava guesses the sign mode", PROCESS, '        "sign_mode"', '        "ignored"'),
    Mutation("Lava's kernels are not turned over", CONV, "[:, :, ::-1, ::-1]", ""),
    Mutation(
        "Lava's rows are columns", PROCESS, "transpose((2, 1, 0))\n", "transpose((1, 2, 0))\n"
    ),
    Mutation(
        "Lava's strides are swapped", CONV, "connectivity.stride[::-1]", "connectivity.stride"
    ),
    Mutation("Conv with an exponent", CONV, "connection.weight_exp == 0 and", "True and"),
    Mutation("Conv without its delay", CONV, "if extra_delay or", "if"),
    Mutation(
        "shared weights are added up once",
        SYNAPSES,
        "mantissa = first.connectivity.row_bound(weights)",
        "mantissa = int(np.abs(weights).sum())",
        WIDTHS,
    ),
    Mutation(
        "synapses of a diagonal move", SYNAPSES, "diagonal[post] = v", "diagonal[: len(post)] = v"
    ),
    Mutation("Lava's delays one longer", TIMING, "depths[source] - 1\n", "depths[source]\n"),
    Mutation(
        "witness: du without + 1",
        WITNESS,
        "4096 - (population.du + 1)",
        "4096 - population.du",
        BRIAN2,
    ),
    Mutation("witness: u reset too", WITNESS, 'reset="v = 0"', 'reset="v = 0; u = 0"', BRIAN2),
    Mutation("witness: input without << 6", WITNESS, "1 << (conn", "2 ** (-6 + conn", BRIAN2),
    Mutation(
        "Brian2 floats: current is reset",
        FLOAT,
        'reset="v = 0"',
        'reset="v = 0; current = 0"',
        FLOATS,
    ),
    Mutation(
        "Lava floats: threshold unscaled", GRAPH, "population.v_th / dv", "population.v_th", FLOATS
    ),
)
