"""The emulator's compiled loops, which the tests run as the functions they are compiled from."""

from __future__ import annotations

import ast
from functools import partial

from tests.mutations.changes import argument, called, compared, expression, term_dropped
from tests.mutations.mutation import Mutation as Tested

CHANGES, LOOPS = "hw_targets.emulator.spike_changes:", "hw_targets.emulator.compiled_kernels:"
TABLES, COMPILED = "hw_targets.emulator.tables:", "hw_targets.emulator.compiled:"

PLAIN = (
    "tests/hw_targets/test_compiled_corners.py tests/hw_targets/test_compiled_emulator.py "
    "-k not of_the_witness"
)
Mutation = partial(Tested, tests=PLAIN)
Neurons = partial(Mutation, where=LOOPS + "step_neurons")
Unguarded = partial(Mutation, where=LOOPS + "step_unguarded")

MUTATIONS = (
    Unguarded("loops: spike at v >= threshold", change=compared("x", ast.Gt, ast.GtE)),
    Unguarded("loops: u decays towards -inf", change=called("np.trunc", "np.floor")),
    Unguarded("loops: bias ignored", change=term_dropped("bias[j]")),
    Unguarded("loops: v is not reset", change=expression("0.0 if fired else x", "x")),
    Unguarded(
        "loops: u beyond its register unseen", change=expression("abs(i) >= STATE_MAX", "False")
    ),
    Unguarded(
        "loops: v beyond its register unseen", change=expression("abs(x) >= STATE_MAX", "False")
    ),
    Neurons("loops: spike at v >= threshold, at the ends", change=compared("x", ast.Gt, ast.GtE)),
    Neurons("loops: u wraps at 2^23 already", change=compared("i", ast.Gt, ast.GtE)),
    Neurons("loops: u may keep -2^23", change=compared("i", ast.LtE, ast.Lt)),
    Neurons("loops: v is clipped one lower", change=argument("max", 1, "-STATE_MAX")),
    Neurons("loops: v is not reset, at the ends", change=expression("0.0 if fired else x", "x")),
    Mutation(
        "loops: stopped spikes still drive",
        CHANGES + "list_changes",
        expression("before & (now ^ 1)", "before & 0"),
    ),
    Mutation(
        "loops: what goes on starts again",
        CHANGES + "list_changes",
        expression("now & (before ^ 1)", "now"),
    ),
    Mutation(
        "loops: the first sample starts from the last",
        CHANGES + "choose_ways",
        expression("sample > 0", "True"),
    ),
    Mutation(
        "loops: the first step starts from the last",
        CHANGES + "choose_ways",
        expression("step > 0", "True"),
    ),
    Mutation(
        "loops: sums of rows leave int16",
        LOOPS + "add_rows",
        argument("min", 1, "high"),
    ),
    Mutation(
        "loops: a row too many",
        LOOPS + "add_rows",
        expression("k + 4 <= end", "k + 3 <= end"),
    ),
    Mutation(
        "loops: listed synapses are only added",
        LOOPS + "add_lists",
        expression("sign * values[place]", "values[place]"),
    ),
    Mutation("loops: delays ignored", LOOPS + "run_population", term_dropped("connections[k, 0]")),
    Mutation(
        "loops: weights without their scale", LOOPS + "run_population", term_dropped("scales[k]")
    ),
    Mutation(
        "loops: a change starts from silence",
        LOOPS + "run_population",
        expression("drive[k, then - 1, j]", "0"),
    ),
    Mutation(
        "loops: own spikes of another block",
        LOOPS + "run_population",
        expression("first + first_neuron", "first"),
    ),
    Mutation(
        "loops: a block hears another of its population",
        TABLES + "prepare",
        expression("wide if apart else sizes[name]", "wide"),
    ),
    Mutation(
        "loops: always int16 rows",
        TABLES + "prepare",
        expression("FEWEST_ROWS * max(highest, default=1) <= INT16_MAX", "True"),
    ),
    Mutation(
        "loops: sums beyond int32",
        TABLES + "prepare",
        expression("s.worst // scale > INT32_MAX", "False"),
    ),
    Mutation(
        "loops: u beyond 32 bits",
        COMPILED + "prepared",
        expression("stage.neurons.overflows", "False"),
    ),
    Mutation(
        "loops: populations that hear later ones",
        COMPILED + "prepared",
        expression("s.source not in known", "False"),
    ),
)
