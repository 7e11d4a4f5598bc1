"""Emulator, Lava graph and the integer models beside it."""

from __future__ import annotations

import ast
from functools import partial

from tests.mutations.changes import (
    argument,
    assigned,
    called,
    compared,
    expression,
    instead_of,
    nothing_done,
    term_dropped,
)
from tests.mutations.mutation import Mutation as Tested

LIF, SYNAPSES = "hw_targets.emulator.lif:", "hw_targets.emulator.synapses:"
NEURONS = LIF + "FixedPointLIF."
STEPS = "hw_targets.emulator.witness:"
EMULATOR, WARM_UP = "hw_targets.emulator.run:", "hw_targets.emulator.warm_up:"
PRODUCT, BLOCK = "hw_targets.emulator.spike_product:", "hw_targets.emulator.input_drive:_Block."
GRAPH, TIMING = "lava_export.lava.graph:", "lava_export.integers.timing:Timing."
PROCESS, CONV = "lava_export.lava.synapses.process:", "lava_export.lava.synapses.conv2d:"
WITNESS, FLOAT = "spikeff.references.brian2_integers:", "spikeff.references.brian2:"

RANDOM = "tests/parity/test_random_integers.py -k seeded"
CORNERS = "tests/parity/test_integer_parity.py -k exactly_at_the or beyond_32_bits"
REFUSALS = (
    "tests/parity/test_random_integers.py tests/parity/test_integer_parity.py "
    "-k before_the_first or lingering"
)
BRIAN2 = "tests/parity/test_brian2_integers.py -k share_no_arithmetic"
FLOATS = "tests/parity/test_float_parity.py -k decaying"
FAST = "tests/hw_targets/test_emulator_paths.py"
WIDTHS = "tests/hw_targets/test_synapses.py"
WARM = "tests/hw_targets/test_warm_up.py"

Mutation = partial(Tested, tests=RANDOM)

MUTATIONS = (
    Mutation("du without its + 1", LIF + "prepare", term_dropped("DS_OFFSET")),
    Mutation(
        "dv with a + 1 too", LIF + "prepare", expression("population.dv", "(population.dv + 1)")
    ),
    Mutation(
        "spike at v >= threshold",
        NEURONS + "fire",
        called("np.greater", "np.greater_equal"),
        tests=CORNERS,
    ),
    Mutation(
        "u is reset as well",
        NEURONS + "fire",
        instead_of("np.copyto", "np.copyto(v, 0.0, where=spikes)", "u[spikes] = 0"),
    ),
    Mutation("v is not reset", NEURONS + "fire", instead_of("np.copyto")),
    Mutation(
        "reset by subtraction",
        NEURONS + "fire",
        instead_of("np.copyto", "v -= spikes * self.threshold"),
    ),
    Mutation("u decays towards -inf", NEURONS + "decay_current", called("np.trunc", "np.floor")),
    Mutation("v decays towards -inf", NEURONS + "fire", called("np.trunc", "np.floor")),
    Mutation("u decays unrounded", NEURONS + "decay_current", instead_of("np.trunc")),
    Mutation(
        "u is clipped, not wrapped", NEURONS + "fold_current", assigned("u[high]", "STATE_MAX")
    ),
    Mutation(
        "u wraps at 2^23 already",
        NEURONS + "fold_current",
        compared("u", ast.Gt, ast.GtE),
        tests=CORNERS,
    ),
    Mutation(
        "u may keep -2^23", NEURONS + "fold_current", compared("u", ast.LtE, ast.Lt), tests=CORNERS
    ),
    Mutation("u never wraps", LIF + "prepare", argument("FixedPointLIF", "folds", "False")),
    Mutation(
        "u does not overflow int32",
        LIF + "prepare",
        argument("FixedPointLIF", "overflows", "False"),
        tests=CORNERS,
    ),
    Mutation("v is not clipped", LIF + "prepare", argument("FixedPointLIF", "clips", "False")),
    Mutation("v is clipped one lower", NEURONS + "fire", argument("np.clip", 1, "-STATE_MAX")),
    Mutation("bias without its exponent", LIF + "prepare", argument("np.ldexp", 1, "0")),
    Mutation("bias ignored", LIF + "prepare", argument("FixedPointLIF", "has_bias", "False")),
    Mutation("threshold without << 6", LIF + "prepare", term_dropped("VTH_SHIFT")),
    Mutation("input without << 6", SYNAPSES + "_prepared", term_dropped("ACTIVATION_SHIFT")),
    Mutation(
        "always float32 sums",
        SYNAPSES + "_form",
        expression("mantissa < FLOAT32_INTEGERS", "True"),
        tests=WIDTHS,
    ),
    Mutation(
        "few spikes are lost",
        PRODUCT + "product",
        expression("not len(places)", "len(places) < 2"),
    ),
    Mutation("delays ignored", STEPS + "_run_chunk", term_dropped("synapse.delay")),
    Mutation(
        "a change starts from silence",
        BLOCK + "_from_changes",
        expression("before is not None", "False"),
        tests=FAST,
    ),
    Mutation(
        "stopped spikes still drive",
        BLOCK + "_from_changes",
        argument("np.where", 2, "0"),
        tests=FAST,
    ),
    Mutation(
        "trains of other presentations",
        BLOCK + "add_to",
        argument("drive.take", 0, "self._owner * 0"),
        tests=FAST,
    ),
    Mutation("u does not decay", NEURONS + "decay_current", nothing_done()),
    Mutation(
        "lingering spikes pass", EMULATOR + "_require_no_lingering", nothing_done(), tests=REFUSALS
    ),
    Mutation("what came before passes", WARM_UP + "require_silent", nothing_done(), tests=REFUSALS),
    Mutation(
        "Lava resets a step late",
        GRAPH + "_reset",
        expression("timing.start(name)", "(timing.start(name) + 1)"),
    ),
    Mutation(
        "Lava guesses the sign mode", PROCESS + "weight_format", expression("'sign_mode'", "'_'")
    ),
    Mutation(
        "Lava's kernels are not turned over",
        CONV + "_",
        expression("lava_weights(connection)[:, :, ::-1, ::-1]", "lava_weights(connection)"),
    ),
    Mutation(
        "Lava's rows are columns",
        PROCESS + "LavaSynapses.join",
        argument("spikes.reshape(self.grids[0]).transpose", 0, "(1, 2, 0)"),
    ),
    Mutation(
        "Lava's strides are swapped",
        CONV + "_",
        expression("connectivity.stride[::-1]", "connectivity.stride"),
    ),
    Mutation(
        "Conv with an exponent", CONV + "_fits", expression("connection.weight_exp == 0", "True")
    ),
    Mutation(
        "Conv without its delay",
        CONV + "_",
        expression(
            "extra_delay or not _fits(connectivity, connection)",
            "not _fits(connectivity, connection)",
        ),
    ),
    Mutation(
        "shared weights are added up once",
        SYNAPSES + "_prepared",
        expression("first.connectivity.row_bound(weights)", "int(np.abs(weights).sum())"),
        tests=WIDTHS,
    ),
    Mutation(
        "synapses beside the diagonal move onto it",
        SYNAPSES + "_form",
        expression("np.array_equal(post, pre)", "True"),
    ),
    Mutation("Lava's delays one longer", TIMING + "extra_delay", term_dropped("1")),
    Mutation("witness: du without + 1", WITNESS + "_neurons", term_dropped("1"), tests=BRIAN2),
    Mutation(
        "witness: u reset too",
        WITNESS + "_neurons",
        expression("'v = 0'", "'v = 0; u = 0'"),
        tests=BRIAN2,
    ),
    Mutation("witness: input without << 6", WITNESS + "_synapses", term_dropped("6"), tests=BRIAN2),
    Mutation(
        "Brian2 floats: current is reset",
        FLOAT + "_neurons",
        expression("'v = 0'", "'v = 0; current = 0'"),
        tests=FLOATS,
    ),
    Mutation(
        "Lava floats: threshold unscaled",
        GRAPH + "_float_neurons",
        term_dropped("dv"),
        tests=FLOATS,
    ),
    Mutation(
        "warm-up: a source's shortest delay only",
        WARM_UP + "require_silent",
        argument("sorted", "key", "lambda c: -c.delay"),
        tests=WARM,
    ),
    Mutation(
        "warm-up: nothing is cleared before the first sample",
        WARM_UP + "_run",
        expression("local[now] % network.period == 0", "False"),
        tests=WARM,
    ),
)
